package wcet

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// presets are failure rates per hour that functional-safety standards name for
// their levels: IEC 61508 (SIL, high demand), ISO 26262 (ASIL), ARP 4761 for
// DO-178C (DAL). They are failure-rate targets, not timing requirements of the
// standard: none of them says how often a deadline may be missed.
var presets = map[string]float64{
	"SIL1": 1e-5, "SIL2": 1e-6, "SIL3": 1e-7, "SIL4": 1e-8,
	"ASIL-B": 1e-7, "ASIL-C": 1e-7, "ASIL-D": 1e-8,
	"DAL-A": 1e-9, "DAL-B": 1e-7, "DAL-C": 1e-5,
}

// PresetNote goes with every figure that a preset leads to.
const PresetNote = "failure-rate target, not a timing requirement of the standard"

// Presets lists the names that [ParseRate] knows, in alphabetical order.
func Presets() []string { return slices.Sorted(maps.Keys(presets)) }

// ParseRate turns a rate of exceedances per hour into the exceedance probability
// of one activation with the given period: "1e-8/h" at 1 ms is 2.8e-15. A preset
// ("SIL3", "ASIL-D", "DAL-A") stands for its failure rate; say [PresetNote] with
// it.
func ParseRate(text string, period time.Duration) (p float64, err error) {
	if period <= 0 {
		return 0, fmt.Errorf("wcet: rate %q: period %v: must be >0; give the loop's period", text, period)
	}
	rate, ok := presets[strings.ToUpper(text)]
	if !ok {
		number, hourly := strings.CutSuffix(text, "/h")
		rate, err = strconv.ParseFloat(strings.TrimSpace(number), 64)
		if !hourly || err != nil || !(rate > 0) {
			return 0, fmt.Errorf("wcet: rate %q: must be a positive number an hour (\"1e-8/h\") or one of %s", text, strings.Join(Presets(), ", "))
		}
	}
	p = rate * period.Hours()
	if p > 0.1 {
		return 0, fmt.Errorf("wcet: rate %q at a period of %v is %.3g an activation: no rare event; use a quantile", text, period, p)
	}
	return p, nil
}

// note says what the level is that P stands for; empty without one.
func (e ExceedanceLimit) note() string {
	if e.Target == "" {
		return ""
	}
	return e.Target + ": " + PresetNote
}
