package main

import (
	"bufio"
	"fmt"
	"net"
)

// converse has nothing to tell it that the server leaves.
func converse(connection net.Conn, lines *bufio.ReadWriter) {
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		fmt.Fprint(connection, line)
	}
}
