package state

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Lock is held by the process that runs a lab, and by one that removes it. The
// kernel releases it when the process ends, however it ends.
//
// It is a record lock rather than an advisory lock on the whole file, because
// of such a lock the kernel tells which process holds it: no process is ever
// taken for the lab by a number in a file. A process must open the lock's file
// once only, since closing it any time releases the lock.
type Lock struct{ file *os.File }

// HeldError says that another process holds the lock.
type HeldError struct {
	// PID is the process.
	PID int
}

func (e *HeldError) Error() string { return fmt.Sprintf("the lab belongs to process %d", e.PID) }

// again is how often a lock that is held is looked at.
const again = 50 * time.Millisecond

// Acquire takes the lock; a *HeldError says that another process has it.
func (d Dir) Acquire() (*Lock, error) {
	for {
		file, err := os.OpenFile(d.path(lockFile), os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, fmt.Errorf("lock the lab: %w", err)
		}
		if err := take(file); err != nil {
			return nil, errors.Join(err, file.Close())
		}
		// A process that removed the lab while this one opened the file leaves
		// a lock on a file that nobody else will ever see.
		mine, err := file.Stat()
		if err != nil {
			return nil, errors.Join(err, file.Close())
		}
		if there, err := os.Stat(file.Name()); err == nil && os.SameFile(mine, there) {
			return &Lock{file: file}, nil
		}
		if err := file.Close(); err != nil {
			return nil, err
		}
		if _, err := os.Stat(string(d)); err != nil {
			return nil, fmt.Errorf("lock the lab: %w", err)
		}
	}
}

// take locks the whole file, or says who did.
func take(file *os.File) error {
	for {
		wanted := &unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart}
		err := unix.FcntlFlock(file.Fd(), unix.F_SETLK, wanted)
		if err == nil {
			return nil
		}
		if !errors.Is(err, unix.EAGAIN) && !errors.Is(err, unix.EACCES) {
			return fmt.Errorf("lock the lab: %w", err)
		}
		held := &unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart}
		if err := unix.FcntlFlock(file.Fd(), unix.F_GETLK, held); err != nil {
			return fmt.Errorf("lock the lab: %w", err)
		}
		if held.Type != unix.F_UNLCK {
			return &HeldError{PID: int(held.Pid)}
		}
	}
}

// Holder returns the process that holds the lock; 0 means that none does. It is
// not to be asked by the holder itself.
func (d Dir) Holder() (int, error) {
	file, err := os.Open(d.path(lockFile))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("look at the lab's lock: %w", err)
	}
	defer file.Close()
	held := &unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart}
	if err := unix.FcntlFlock(file.Fd(), unix.F_GETLK, held); err != nil {
		return 0, fmt.Errorf("look at the lab's lock: %w", err)
	}
	if held.Type == unix.F_UNLCK {
		return 0, nil
	}
	return int(held.Pid), nil
}

// Stop ends the lab's process, if there is one, and takes its lock. The process
// gets the given time to stop by itself before it is killed; stopped is its ID,
// or 0 where none ran.
func (d Dir) Stop(ctx context.Context, patience time.Duration) (lock *Lock, stopped int, err error) {
	kill := time.NewTimer(patience)
	defer kill.Stop()
	tick := time.NewTicker(again)
	defer tick.Stop()
	for {
		lock, err := d.Acquire()
		var held *HeldError
		if !errors.As(err, &held) {
			return lock, stopped, err
		}
		if held.PID != stopped {
			if err := d.signal(held.PID, unix.SIGTERM); err != nil {
				return nil, stopped, err
			}
			stopped = held.PID
		}
		select {
		case <-tick.C:
		case <-kill.C:
			if err := d.signal(held.PID, unix.SIGKILL); err != nil {
				return nil, stopped, err
			}
		case <-ctx.Done():
			return nil, stopped, ctx.Err()
		}
	}
}

// signal sends a signal to the process if it holds the lock still. The process
// is held by a descriptor meanwhile, so that its number cannot come to mean
// another one.
func (d Dir) signal(pid int, signal unix.Signal) error {
	if pid <= 0 {
		return fmt.Errorf("the lab in %s is run by a process that cannot be seen from here; stop it where it was started", d)
	}
	process, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("stop the lab's process %d: %w", pid, err)
	}
	defer unix.Close(process)
	holder, err := d.Holder()
	if err != nil || holder != pid {
		return err
	}
	if err := unix.PidfdSendSignal(process, signal, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("stop the lab's process %d: %w", pid, err)
	}
	return nil
}

// Release gives the lock back.
func (l *Lock) Release() error { return l.file.Close() }
