package budget

import (
	"maps"
	"slices"
	"strings"
)

// property is one entry of a profile's match: a key of the fingerprint and what
// it must be.
type property struct {
	key, pattern string
	// path in the file, for messages.
	path []string
}

// properties flattens a match table: "cpu.model" = "…" and cpu.model = "…", which
// TOML takes for a table in a table, mean the same.
func (f *File) properties(path []string, prefix string, table map[string]any) ([]property, error) {
	var all []property
	for _, name := range slices.Sorted(maps.Keys(table)) {
		at, key := append(path[:len(path):len(path)], name), prefix+name
		switch v := table[name].(type) {
		case string:
			all = append(all, property{key: key, pattern: v, path: at})
		case map[string]any:
			nested, err := f.properties(at, key+".", v)
			if err != nil {
				return nil, err
			}
			all = append(all, nested...)
		default:
			return nil, f.fault(at, "%v: must be a string, in which * stands for any text", v)
		}
	}
	return all, nil
}

// match is the profile for a machine: of those that match the one with the most
// properties, or "" when none does.
func (f *File) match(env map[string]string) (string, error) {
	best, keys := "", -1
	for _, name := range slices.Sorted(maps.Keys(f.doc.Profile)) {
		wanted, err := f.properties([]string{"profile", name, "match"}, "", f.doc.Profile[name].Match)
		if err != nil {
			return "", err
		}
		ok, err := f.matches(wanted, env)
		if err != nil {
			return "", err
		}
		switch {
		case !ok || len(wanted) < keys:
		case len(wanted) == keys:
			return "", f.fault([]string{"profile", name}, "matches this machine, and so does profile %s; add a key to one of them", best)
		default:
			best, keys = name, len(wanted)
		}
	}
	return best, nil
}

func (f *File) matches(wanted []property, env map[string]string) (bool, error) {
	all := true
	for _, p := range wanted {
		have, ok := env[p.key]
		if !ok {
			return false, f.fault(p.path, "unknown property; the machine's fingerprint has %s", strings.Join(slices.Sorted(maps.Keys(env)), ", "))
		}
		all = all && glob(p.pattern, have)
	}
	return all, nil
}

// glob matches text against a pattern in which * stands for any characters.
func glob(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	text, ok := strings.CutPrefix(text, parts[0])
	if !ok {
		return false
	}
	last := len(parts) - 1
	for _, part := range parts[1:last] {
		_, after, found := strings.Cut(text, part)
		if !found {
			return false
		}
		text = after
	}
	return strings.HasSuffix(text, parts[last])
}
