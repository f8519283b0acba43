#!/usr/bin/env bash
# Go's HTTP client: a POST with the header Idempotency-Key is sent twice by itself, and one without it is not.
#
# net/http takes the header as leave to repeat: when a kept connection ends before the first byte of an answer, a POST that
# carries it (or X-Idempotency-Key) is sent again on a new connection, with no option to be set and no trace for the
# caller, who sees one call and one answer. Add the header for a server that does not know it yet, and one call of
# client.Do can make two orders. The same program without the header gets an error.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
cat >go.mod <<'MOD'
module finding
go 1.24.1
toolchain go1.24.1
MOD
cat >main.go <<'GO'
package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
)

// A server that answers GET, and takes a POST whole; the first POST gets no answer: its connection is closed.
func serve(listener net.Listener, taken *atomic.Int32) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer connection.Close()
			reader := bufio.NewReader(connection)
			for {
				request, err := http.ReadRequest(reader)
				if err != nil {
					return
				}
				if _, err := io.Copy(io.Discard, request.Body); err != nil {
					return
				}
				if request.Method == "POST" && taken.Add(1) == 1 {
					return
				}
				fmt.Fprint(connection, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
			}
		}()
	}
}

// How often one call of Do made the server take a POST, and what the caller was told.
func posts(key string) (int32, string) {
	listener, _ := net.Listen("tcp", "127.0.0.1:0")
	defer listener.Close()
	var taken atomic.Int32
	go serve(listener, &taken)
	client := &http.Client{Transport: &http.Transport{}}
	url := "http://" + listener.Addr().String() + "/orders"
	warm, err := client.Get(url) // so that the POST goes out on a kept connection
	if err != nil {
		panic(err)
	}
	text := make([]byte, 8)
	warm.Body.Read(text)
	warm.Body.Close()
	request, _ := http.NewRequest("POST", url, strings.NewReader(`{"amount":1}`))
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	answer, err := client.Do(request)
	if err != nil {
		return taken.Load(), "error: " + err.Error()[strings.LastIndex(err.Error(), " ")+1:]
	}
	answer.Body.Close()
	return taken.Load(), answer.Status
}

func main() {
	fmt.Println(runtime.Version(), "net/http")
	without, said := posts("")
	fmt.Printf("one POST without Idempotency-Key: the server took %d, the caller was told %q\n", without, said)
	with, saidWith := posts("order-1")
	fmt.Printf("one POST with Idempotency-Key:    the server took %d, the caller was told %q\n", with, saidWith)
	if without != 1 || !strings.HasPrefix(said, "error") || with != 2 || saidWith != "200 OK" {
		fmt.Println("NOT as described: it behaves otherwise now")
		os.Exit(1)
	}
	fmt.Println("as described")
}
GO
# The toolchain named in go.mod, as Go's module proxy gives it.
GOFLAGS=-mod=mod GOTOOLCHAIN=go1.24.1 GOMODCACHE="$work/mod" GOCACHE="$work/cache" go run .
