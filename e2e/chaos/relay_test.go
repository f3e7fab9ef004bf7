package chaos

import (
	"errors"
	"io"
	"net"
	"strings"
	"time"
)

// relayEnv makes this test binary a relay: LISTEN,TARGET,DELAY. It is run in a
// node's network namespace, where it makes a near node a far one.
const relayEnv = "AIOLOS_CHAOS_RELAY"

func relay(at string) {
	parts := strings.Split(at, ",")
	delay, err := time.ParseDuration(parts[2])
	if err != nil {
		panic(err)
	}
	listener, err := net.Listen("tcp", parts[0]) //nolint:noctx // until the process is ended
	if err != nil {
		panic(err)
	}
	for {
		near, err := listener.Accept()
		if err != nil {
			panic(err)
		}
		far, err := net.Dial("tcp", parts[1]) //nolint:noctx // until the process is ended
		if err != nil {
			near.Close()
			continue
		}
		go late(near, far, delay)
		go late(far, near, delay)
	}
}

// late passes on what comes, each piece so much later.
func late(from, to net.Conn, delay time.Duration) {
	type piece struct {
		bytes []byte
		due   time.Time
	}
	line := make(chan piece, 4096)
	go func() {
		defer to.Close()
		for p := range line {
			time.Sleep(time.Until(p.due))
			if _, err := to.Write(p.bytes); err != nil {
				break
			}
		}
		for range line { //nolint:revive // lets the reader end
		}
	}()
	defer close(line)
	for {
		bytes := make([]byte, 32<<10)
		n, err := from.Read(bytes)
		if n > 0 {
			line <- piece{bytes[:n], time.Now().Add(delay)}
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				from.Close()
			}
			return
		}
	}
}
