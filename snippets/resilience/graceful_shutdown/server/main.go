// Command server finishes what it accepted before it ends.
package main

import (
	"cmp"
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"syscall"
	"time"
)

var (
	read  = seconds("READ_SECONDS", 5)
	drain = seconds("DRAIN_SECONDS", 10)
	flush = seconds("FLUSH_SECONDS", 5)
	idle  = seconds("IDLE_SECONDS", 75)

	router    = http.NewServeMux()
	leaving   = make(chan struct{}) // closed when the drain begins
	telemetry = func(context.Context) error { return nil }
)

func main() {
	host := cmp.Or(os.Getenv("HOST"), "127.0.0.1")
	address := net.JoinHostPort(host, os.Getenv("PORT"))
	listener, err := net.Listen("tcp", address)
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("listening on http://%s", listener.Addr())
	os.Exit(serve(listener))
}

// serve gives the exit code: 0 when all was answered, 1 when
// something was cut.
func serve(listener net.Listener) int {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)

	var running sync.WaitGroup // Shutdown forgets what is hijacked
	server := &http.Server{
		ReadHeaderTimeout: read,
		ReadTimeout:       read,
		IdleTimeout:       idle, // or ReadTimeout is taken
		Handler: http.HandlerFunc(
			func(w http.ResponseWriter, r *http.Request) {
				running.Add(1)
				defer running.Done()
				router.ServeHTTP(w, r)
			}),
	}
	server.RegisterOnShutdown(func() { close(leaving) })
	go func() {
		err := server.Serve(listener)
		if !errors.Is(err, http.ErrServerClosed) {
			log.Fatal(err)
		}
	}()

	<-signals
	time.AfterFunc(drain+flush, func() { os.Exit(1) })
	go func() {
		<-signals
		os.Exit(1)
	}()

	code := 0
	until, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	err := server.Shutdown(until)
	if err == nil {
		err = wait(until, &running)
	}
	if err != nil {
		log.Printf("the drain: %v", err)
		server.Close()
		code = 1
	}

	until, cancel = context.WithTimeout(context.Background(), flush)
	defer cancel()
	if err := telemetry(until); err != nil {
		log.Printf("the flush: %v", err)
	}
	return code
}

// wait ends with the group, or with the context.
func wait(ctx context.Context, group *sync.WaitGroup) error {
	done := make(chan struct{})
	go func() {
		group.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func seconds(name string, otherwise float64) time.Duration {
	value, err := strconv.ParseFloat(os.Getenv(name), 64)
	if err != nil {
		value = otherwise
	}
	return time.Duration(value * float64(time.Second))
}
