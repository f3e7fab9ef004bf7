package nodeimage

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"syscall"
	"time"
)

// turnAddress is an abstract socket: it leaves no file, and the kernel frees it
// however its process ends.
const turnAddress = "@aiolos-node-image"

// takeTurn waits until no other process on this machine makes images, as each
// would make the same ones; done lets the next one have its turn. Where there
// are no abstract sockets everyone has it at once, which costs only time.
func takeTurn(ctx context.Context, progress func(string)) (done func(), err error) {
	if runtime.GOOS != "linux" {
		return func() {}, nil
	}
	for told := false; ; told = true {
		listener, err := new(net.ListenConfig).Listen(ctx, "unix", turnAddress)
		if err == nil {
			return func() { _ = listener.Close() }, nil
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
			return nil, fmt.Errorf("take the turn to make images: %w", err)
		}
		if !told {
			progress("another process is making images; waiting for it")
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(250 * time.Millisecond):
		}
	}
}
