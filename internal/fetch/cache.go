package fetch

import (
	"bytes"
	"container/list"
	"sync"
)

// cache keeps contents by their digest, up to a number of bytes; those that were
// not asked for the longest go first.
type cache struct {
	mu    sync.Mutex
	limit int64
	size  int64
	at    map[string]*list.Element
	order *list.List // of entries, the latest in front
}

type entry struct {
	digest  string
	content []byte
}

func newCache(limit int64) *cache {
	return &cache{limit: limit, at: map[string]*list.Element{}, order: list.New()}
}

// get returns a copy.
func (c *cache) get(digest string) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.at[digest]
	if !ok {
		return nil, false
	}
	c.order.MoveToFront(e)
	return bytes.Clone(e.Value.(entry).content), true
}

// put keeps content, which must not be changed any more.
func (c *cache) put(digest string, content []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.at[digest]; ok || int64(len(content)) > c.limit {
		return
	}
	c.at[digest] = c.order.PushFront(entry{digest, content})
	c.size += int64(len(content))
	for c.size > c.limit {
		last := c.order.Remove(c.order.Back()).(entry)
		delete(c.at, last.digest)
		c.size -= int64(len(last.content))
	}
}
