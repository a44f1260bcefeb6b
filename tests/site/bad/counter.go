// Package counter counts.
package counter

import (
	"fmt"
	"sync"
)

// Counter may be shared by goroutines.
type Counter struct {
	mutex sync.Mutex
	total int
}

// Add counts one more.
func (c *Counter) Add() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.total++
}

// String says how many there were.
func (c *Counter) String() string {
	return fmt.Sprintf("%d", c.total)
}
