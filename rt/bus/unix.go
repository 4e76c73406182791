package bus

// UnixConfig describes a port over a Unix datagram socket.
type UnixConfig struct {
	// Local is the path at which the peer sends to this end. A name that begins with
	// @ is not in the file system. It has no default. A socket file that is there is
	// an error; Close removes the one that OpenUnix made.
	Local string
	// Remote is the peer's path. It has no default. The peer may come later, and may
	// restart: Send returns ErrDown while it is not there.
	Remote string
	// AnySender takes frames from every socket, not from Remote's alone: a device whose
	// controller has a guard gets the guard's frames too.
	AnySender bool
}
