package isolate

// Region is plain memory that both sides map, zero at first, for what the other
// channels do not have: atomic words that several threads set, or a container made in
// memory that it is given. Any thread of either side may read and write it, and its
// user sees to the order.
type Region struct{ declaration }

// NewRegion declares so many bytes, aligned to 128. The name is 1 to 63 bytes and the
// only one of its kind in an isolate.
func NewRegion(name string, bytes int) *Region {
	return &Region{declare[byte](kindRegion, name, bytes, bytes, func([]byte) error { return nil })}
}

// Bytes are the region, for s. The parent's must not be used after Isolate.Close.
// Errors: *ConfigError for a channel that is not the isolate's; ring.ErrClosed after Close.
func (r *Region) Bytes(s Side) ([]byte, error) { return s.memory().region(&r.declaration) }
