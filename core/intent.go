package core

// Intent says what an allocation is for. It is accounted in addition to tags and
// phases, and part of every [Event].
type Intent uint16

const (
	General Intent = iota
	Simulation
	Physics
	Rendering
	Audio
	Networking
	Control
	Telemetry
	Temporary
	intents
)

var intentNames = [intents]string{"general", "simulation", "physics", "rendering", "audio", "networking", "control", "telemetry", "temporary"}

func (i Intent) String() string {
	if i < intents {
		return intentNames[i]
	}
	return "unknown"
}
