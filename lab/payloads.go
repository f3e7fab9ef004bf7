package main

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"strconv"

	"aiolos/codec"
	"aiolos/internal/config"
	"aiolos/lab/server"
	"aiolos/lab/state"
)

// firstKey names the key that a lab makes.
const firstKey = "lab-1"

// preparePayloads makes a payload key where payloads are to be encrypted and
// there is none. Where there is one, they are encrypted without being asked for:
// what runs could not go on without the key.
func (l *lab) preparePayloads() error {
	_, err := os.Stat(l.dir.PayloadKeys())
	if err == nil {
		l.options.encrypt = true
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) || !l.options.encrypt {
		return ignoreMissing(err)
	}
	line, err := codec.NewKeyLine(firstKey)
	if err != nil {
		return err
	}
	// The file comes into being at once, so that a lab that is killed meanwhile can
	// be started again.
	young := l.dir.PayloadKeys() + ".new"
	if err := os.WriteFile(young, []byte(line), 0o600); err != nil {
		return err
	}
	return os.Rename(young, l.dir.PayloadKeys())
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// encryption is the part of the worker's configuration that encrypts payloads and
// lets the lab's UI show them, also to who calls this machine localhost.
func encryption(o *options, dir state.Dir) (*config.Payloads, *config.CodecServer) {
	ui := strconv.Itoa(o.ui)
	return &config.Payloads{Keys: "file:" + dir.PayloadKeys()}, &config.CodecServer{
		Listen:  net.JoinHostPort(server.Host, strconv.Itoa(o.codec)),
		Origins: []string{"http://" + net.JoinHostPort(server.Host, ui), "http://localhost:" + ui},
		Encode:  true,
	}
}
