package main

import (
	"fmt"
	"strings"
)

// settings are the machine's settings at one moment, by the id of their check.
type settings map[string]string

// settings reads what a measurement must leave as it found it.
func (a *app) settings() settings {
	s := settings{}
	for _, f := range a.inspect() {
		// Of the host we see what it did (steal), which is no setting.
		if !strings.HasPrefix(f.ID, "host.") {
			s[f.ID] = f.Value
		}
	}
	return s
}

// compare says whether after is as before.
func (s settings) compare(after settings) string {
	var changed []string
	for id, value := range s {
		if after[id] != value {
			changed = append(changed, fmt.Sprintf("%s was %s, is %s", id, value, after[id]))
		}
	}
	if len(changed) > 0 {
		return "changed while measuring, not by rtbench: " + strings.Join(changed, "; ")
	}
	return fmt.Sprintf("all restored: every measuring process has ended, and all %d machine settings are as they were", len(s))
}
