package pipewired

import (
	"bytes"
	"text/template"

	"github.com/memkit-go/memkit/internal/soundserver"
)

// Config says what server to run.
type Config = soundserver.Config

// serverText is the server: no more modules than JACK's clients need, and one
// quantum, whatever clients ask for. The sink drives all; nothing else could, so it
// never rests. Its ports are made here, where a session manager would make them.
var serverText = template.Must(template.New("pipewire.conf").Parse(`context.properties = {
    core.daemon = true
    core.name = {{.Name}}
    support.dbus = false
    link.max-buffers = 16
    default.clock.rate = {{.Rate}}
    default.clock.allowed-rates = [ {{.Rate}} ]
    default.clock.quantum = {{.Frames}}
    default.clock.min-quantum = {{.Frames}}
    default.clock.max-quantum = {{.Frames}}
}
context.spa-libs = {
    audio.convert.* = audioconvert/libspa-audioconvert
    support.* = support/libspa-support
}
context.modules = [
    { name = libpipewire-module-rt args = { rt.prio = {{.Priority}} } flags = [ ifexists nofail ] }
    { name = libpipewire-module-protocol-native }
    { name = libpipewire-module-metadata }
    { name = libpipewire-module-client-node }
    { name = libpipewire-module-access }
    { name = libpipewire-module-adapter }
    { name = libpipewire-module-link-factory }
]
context.objects = [
    { factory = metadata args = { metadata.name = default } }
    { factory = adapter args = {
        factory.name = support.null-audio-sink
        node.name = system
        node.description = system
        media.class = Audio/Sink
        audio.rate = {{.Rate}}
        audio.position = [ FL FR ]
        priority.driver = 20000
        node.always-process = true
        node.pause-on-idle = false
        node.suspend-on-idle = false
        resample.disable = true
        channelmix.disable = true
        adapter.auto-port-config = { mode = dsp monitor = true control = false position = unknown }
    } }
]
`))

// clientText is what libjack reads. Without it clients run at 88, and hold up a
// server below them. rt.prio is one above the highest priority that libjack names.
var clientText = template.Must(template.New("jack.conf").Parse(`context.properties = {
    support.dbus = false
    log.level = 0
}
context.spa-libs = {
    support.* = support/libspa-support
}
context.modules = [
    { name = libpipewire-module-rt args = { rt.prio = {{.ClientPriority}} } flags = [ ifexists nofail ] }
    { name = libpipewire-module-protocol-native }
    { name = libpipewire-module-client-node }
    { name = libpipewire-module-metadata }
]
jack.properties = {
    rt.prio = {{.HighestPriority}}
}
`))

// named is a config and the names that its texts need.
type named struct {
	Config
	Name string
}

// HighestPriority is what libjack takes 6 from to name its clients' priority.
func (n named) HighestPriority() int { return n.ClientPriority() + 6 }

func (n named) text(of *template.Template) []byte {
	var b bytes.Buffer
	if err := of.Execute(&b, n); err != nil {
		panic(err) // the fields of a struct always print
	}
	return b.Bytes()
}
