package budget

import (
	"strconv"
	"strings"
	"time"

	"github.com/memkit-go/memkit/wcet"
)

// rateUnits are the times that a rate may be per.
var rateUnits = map[string]time.Duration{"s": time.Second, "min": time.Minute, "h": time.Hour}

// exceedance translates pwcet = { p | rate, limit }.
func (f *File) exceedance(path []string, name string, w *pwcet) (*wcet.ExceedanceLimit, error) {
	if w.Limit == nil {
		return nil, f.fault(path, "has no limit; add limit = \"2ms\"")
	}
	limit, err := f.duration(append(path, "limit"), w.Limit)
	if err != nil {
		return nil, err
	}
	p, target := w.P, ""
	switch {
	case w.Rate != "" && w.P != 0:
		return nil, f.fault(path, "gives both p and rate; keep one")
	case w.Rate != "":
		if p, target, err = f.perActivation(append(path, "rate"), name, w.Rate); err != nil {
			return nil, err
		}
	case w.P == 0:
		return nil, f.fault(path, "says not how rare; add p = 1e-6 (per activation) or rate = \"1e-8/h\"")
	}
	if !(p > 0 && p <= .1) {
		return nil, f.fault(path, "a probability of %g an activation: must lie in (0, 0.1]; 1e-6 is usual", p)
	}
	return &wcet.ExceedanceLimit{P: p, Limit: limit, Target: target}, nil
}

// perActivation turns a rate in time, or the level of a standard that stands for
// one, into a probability per activation: at 1 kHz, 1e-8/h is 2.8e-15. target is the
// level's name.
func (f *File) perActivation(path []string, name, rate string) (p float64, target string, err error) {
	period := f.known[name]
	if period == 0 {
		return 0, "", f.fault(path, "%s is not periodic, so a rate in time means nothing; give p instead", name)
	}
	number, unit, divided := strings.Cut(rate, "/")
	if !divided {
		if p, err = wcet.ParseRate(rate, period); err != nil {
			return 0, "", f.fault(path, "%q is no rate; write it as \"1e-8/h\", per h, min or s, or as one of %s", rate, strings.Join(wcet.Presets(), ", "))
		}
		return p, strings.ToUpper(rate), nil
	}
	per, known := rateUnits[unit]
	v, err := strconv.ParseFloat(number, 64)
	if !known || err != nil || !(v > 0) {
		return 0, "", f.fault(path, "%q is no rate; write it as \"1e-8/h\", per h, min or s", rate)
	}
	return v * float64(period) / float64(per), "", nil
}
