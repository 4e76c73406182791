package budget

// document is the file as TOML sees it.
type document struct {
	Require *requirement       `toml:"require"`
	Budget  map[string]limits  `toml:"budget"`
	Profile map[string]profile `toml:"profile"`
}

// profile holds the limits of one kind of machine.
type profile struct {
	// Match holds properties of the fingerprint; cpu.model = "…" is a table within
	// a table to TOML.
	Match   map[string]any    `toml:"match"`
	Require *requirement      `toml:"require"`
	Budget  map[string]limits `toml:"budget"`
}

// limits is what the file says of one benchmark.
type limits struct {
	P50           *duration          `toml:"p50"`
	P99           *duration          `toml:"p99"`
	P999          *duration          `toml:"p999"`
	P9999         *duration          `toml:"p9999"`
	PWCET         *pwcet             `toml:"pwcet"`
	Ratio         any                `toml:"ratio"`
	Counts        map[string]float64 `toml:"counts"`
	Confidence    float64            `toml:"confidence"`
	OnUnsupported string             `toml:"on_unsupported"`
	Extrapolation float64            `toml:"extrapolation"`
	Require       *requirement       `toml:"require"`
}

// pwcet bounds the value that a rare activation exceeds; rare is a probability
// per activation or a rate in time.
type pwcet struct {
	P     float64   `toml:"p"`
	Rate  string    `toml:"rate"`
	Limit *duration `toml:"limit"`
}

// duration is the text of a Go duration, "150us"; nil means not given. It is
// parsed where its place in the file is known.
type duration struct{ text string }

func (d *duration) UnmarshalText(text []byte) error {
	d.text = string(text)
	return nil
}

// quantiles are the keys that limit one quantile, in ascending order.
var quantiles = []struct {
	key string
	p   float64
	of  func(*limits) **duration
}{
	{"p50", .5, func(l *limits) **duration { return &l.P50 }},
	{"p99", .99, func(l *limits) **duration { return &l.P99 }},
	{"p999", .999, func(l *limits) **duration { return &l.P999 }},
	{"p9999", .9999, func(l *limits) **duration { return &l.P9999 }},
}

// keys of a budget's table, for suggesting what a misspelt one was meant to be.
var keys = []string{
	"budget", "profile", "match", "p50", "p99", "p999", "p9999", "pwcet", "p", "rate", "limit",
	"ratio", "to", "mean", "counts", "confidence", "on_unsupported", "extrapolation",
	"require", "policy", "gc", "max_steal", "retries",
}
