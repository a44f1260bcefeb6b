package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
)

func init() {
	telemetry = func(context.Context) error {
		if os.Getenv("FLUSH_HANGS") != "" {
			select {}
		}
		say("flushed")
		return nil
	}
}

// converse says goodbye when the server leaves, and takes one last line.
func converse(connection net.Conn, lines *bufio.ReadWriter) {
	<-leaving
	fmt.Fprintln(connection, "leaving")
	line, _ := lines.ReadString('\n')
	say("last word %s", line)
}
