package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

var (
	said    sync.Mutex
	holding int
	gate    = make(chan struct{}) // opened by SIGUSR1
)

// say writes a line that no other splits.
func say(format string, values ...any) {
	fmt.Fprintf(os.Stdout, format+"\n", values...)
}

func init() {
	open := make(chan os.Signal, 1)
	signal.Notify(open, syscall.SIGUSR1)
	go func() {
		<-open
		close(gate)
	}()
	router.HandleFunc("POST /orders/{id}", order)
	router.HandleFunc("GET /quick/{id}", order)
	router.HandleFunc("GET /held/{id}", hold)
	router.HandleFunc("GET /endless/{id}", endless)
	router.HandleFunc("GET /stuck/{id}", endless)
	router.HandleFunc("GET /upgrade/{id}", upgrade)
}

// order reads the whole body.
func order(w http.ResponseWriter, r *http.Request) {
	say("accepted %s", r.PathValue("id"))
	if _, err := io.ReadAll(r.Body); err != nil {
		http.Error(w, err.Error(), http.StatusRequestTimeout)
		return
	}
	fmt.Fprint(w, r.PathValue("id"))
}

// hold waits until the test has said that the work is done.
func hold(w http.ResponseWriter, r *http.Request) {
	said.Lock()
	holding++
	say("accepted %s holding %d", r.PathValue("id"), holding)
	said.Unlock()
	<-gate
	fmt.Fprint(w, r.PathValue("id"))
}

// endless does not come back.
func endless(_ http.ResponseWriter, r *http.Request) {
	say("accepted %s", r.PathValue("id"))
	select {}
}

// upgrade takes the connection over, as a WebSocket does.
func upgrade(w http.ResponseWriter, r *http.Request) {
	connection, stream, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	defer connection.Close()
	fmt.Fprint(connection, "HTTP/1.1 101 Switching Protocols\r\n\r\n")
	say("accepted %s", r.PathValue("id"))
	converse(connection, stream)
}
