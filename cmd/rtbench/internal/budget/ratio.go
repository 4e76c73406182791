package budget

import (
	"maps"
	"math"
	"slices"

	"github.com/memkit-go/memkit/cmd/rtbench/internal/bench"
	"github.com/memkit-go/memkit/wcet"
)

// metrics that a ratio may compare; the mean cost per operation has no quantile.
var metrics = map[string]float64{"mean": 0, "p50": .5, "p99": .99, "p999": .999}

// ratios translates ratio = { to = "…", p99 = 0.5 }, or a list of such tables.
func (f *File) ratios(path []string, name string, v any) ([]wcet.RatioLimit, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case map[string]any:
		return f.ratio(path, name, v)
	case []any:
		var all []wcet.RatioLimit
		for _, entry := range v {
			table, ok := entry.(map[string]any)
			if !ok {
				return nil, f.fault(path, "a list of ratios holds tables such as { to = \"today/make-1k\", p99 = 0.5 }")
			}
			some, err := f.ratio(path, name, table)
			if err != nil {
				return nil, err
			}
			all = append(all, some...)
		}
		return all, nil
	default:
		return nil, f.fault(path, "%v is no ratio; write { to = \"today/make-1k\", p99 = 0.5 }", v)
	}
}

func (f *File) ratio(path []string, name string, table map[string]any) ([]wcet.RatioLimit, error) {
	to, _ := table["to"].(string)
	if to == "" {
		return nil, f.fault(path, "names no peer; add to = \"today/make-1k\"")
	}
	if _, ok := f.known[to]; !ok {
		return nil, f.unknownBenchmark(append(path, "to"), to)
	}
	if to == name {
		return nil, f.fault(append(path, "to"), "%q is the benchmark itself", to)
	}
	var limits []wcet.RatioLimit
	for _, key := range slices.Sorted(maps.Keys(table)) {
		if key == "to" {
			continue
		}
		p, ok := metrics[key]
		if !ok {
			return nil, f.unknownMetric(append(path, key), key)
		}
		limit, ok := number(table[key])
		if !ok || !(limit > 0) || math.IsInf(limit, 0) {
			return nil, f.fault(append(path, key), "%v: a ratio's limit is a number >0", table[key])
		}
		limits = append(limits, wcet.RatioLimit{To: to, P: p, Limit: limit})
	}
	if len(limits) == 0 {
		return nil, f.fault(path, "compares nothing; add mean, p50, p99 or p999")
	}
	return limits, nil
}

func (f *File) unknownMetric(path []string, key string) error {
	if near := bench.Nearest(key, slices.Sorted(maps.Keys(metrics))); near != "" {
		return f.fault(path, "unknown key; did you mean %q?", near)
	}
	return f.fault(path, "unknown key; a ratio has to, mean, p50, p99 and p999")
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case int64:
		return float64(v), true
	}
	return 0, false
}
