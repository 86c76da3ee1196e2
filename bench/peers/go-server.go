// A goroutine for each client. peers.ts sets GOMAXPROCS=1, because every server has one core.
package main

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"time"
)

// The backlog is net.core.somaxconn (4096 by default): Go has no option for it.
func main() {
	delayMs, _ := strconv.Atoi(os.Args[2])
	maxChunk, _ := strconv.Atoi(os.Args[3])
	server, err := net.Listen("tcp", "127.0.0.1:"+os.Args[1])
	if err != nil {
		panic(err)
	}
	fmt.Println("listening on", server.Addr())
	for {
		client, err := server.Accept() // TCP_NODELAY is Go's default
		if err != nil {
			panic(err)
		}
		go handle(client, time.Duration(delayMs)*time.Millisecond, maxChunk)
	}
}

func handle(client net.Conn, delay time.Duration, maxChunk int) {
	defer client.Close()
	time.Sleep(delay)
	data := make([]byte, maxChunk)
	reply := make([]byte, 0, maxChunk+34)
	for {
		count, err := client.Read(data)
		if err != nil {
			return
		}
		reply = append(append(append(reply[:0], "Echo=>"...), data[:count]...), " at "...)
		reply = time.Now().AppendFormat(reply, "Mon Jan _2 15:04:05 2006")
		if _, err := client.Write(reply); err != nil {
			return
		}
	}
}
