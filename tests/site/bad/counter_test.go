package counter

import (
	"sync"
	"testing"
)

func TestConcurrentAddsAreAllCounted(t *testing.T) {
	var counter Counter
	var group sync.WaitGroup
	for range 100 {
		group.Go(counter.Add)
	}
	group.Wait()
	if counter.String() != "100" {
		t.Fatal("counted", counter.String())
	}
}
