package playback

// Server is what gives the live modes their cycles.
type Server string

const (
	// Auto is JACK where it is installed, else PipeWire, else no server.
	Auto Server = "auto"
	// JACK is jackd with its dummy driver.
	JACK Server = "jack"
	// PipeWire is PipeWire with a null sink, through its libjack.
	PipeWire Server = "pipewire"
	// NoServer leaves the simulated device.
	NoServer Server = "sim"
)

// Backend is how reports name it.
func (s Server) Backend() string {
	if s == JACK {
		return "jack-dummy"
	}
	return string(s)
}
