// A goroutine for each client. peers.ts sets GOMAXPROCS=1, because every server has one core there; cores.ts sets 2 as well.
package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"sync/atomic"
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
		switch os.Args[4] {
		case "framed":
			go framed(client)
		case "proxy":
			go proxy(client, "127.0.0.1:"+os.Args[5])
		case "compute":
			go compute(client, maxChunk)
		default:
			go handle(client, time.Duration(delayMs)*time.Millisecond, maxChunk)
		}
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

// Replies are written once no complete read is left.
func framed(client net.Conn) {
	defer client.Close()
	reader, writer := bufio.NewReaderSize(client, 65536), bufio.NewWriterSize(client, 65536)
	frame := make([]byte, 2+65535)
	for {
		if _, err := io.ReadFull(reader, frame[:2]); err != nil {
			return
		}
		end := 2 + int(binary.BigEndian.Uint16(frame))
		if _, err := io.ReadFull(reader, frame[2:end]); err != nil {
			return
		}
		writer.Write(frame[:end])
		if reader.Buffered() == 0 && writer.Flush() != nil {
			return
		}
	}
}

// Kept, so that the work has a result.
var hash uint32

// As much work for each read as in rxjs-tcp.ts.
func compute(client net.Conn, maxChunk int) {
	defer client.Close()
	data := make([]byte, maxChunk)
	for {
		count, err := client.Read(data)
		if err != nil {
			return
		}
		next := atomic.LoadUint32(&hash)
		for step := uint32(0); step < 100_000; step++ {
			next = (next ^ step) * 16_777_619
		}
		atomic.StoreUint32(&hash, next)
		if _, err := client.Write(data[:count]); err != nil {
			return
		}
	}
}

// On Linux io.Copy splices: the bytes stay in the kernel.
func proxy(client net.Conn, address string) {
	defer client.Close()
	upstream, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer upstream.Close()
	go func() {
		io.Copy(upstream, client)
		upstream.(*net.TCPConn).CloseWrite()
	}()
	io.Copy(client, upstream)
}
