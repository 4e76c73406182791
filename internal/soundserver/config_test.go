package soundserver

import (
	"strings"
	"testing"
)

func TestConfig(t *testing.T) {
	for _, c := range []struct {
		config Config
		names  string
	}{
		{Config{Rate: 1}, "Config.Rate 1"},
		{Config{Frames: 65}, "Config.Frames 65"},
		{Config{Priority: 99}, "Config.Priority 99"},
	} {
		if _, err := c.config.Complete(); err == nil || !strings.Contains(err.Error(), c.names) {
			t.Errorf("%+v: error %v does not name %q", c.config, err, c.names)
		}
	}
	if c, err := (Config{}).Complete(); err != nil || c != (Config{Rate: 48000, Frames: 64, Priority: 70}) {
		t.Errorf("zero value: %+v, %v", c, err)
	}
}
