package mujoco

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/hil"
	"github.com/memkit-go/memkit/rt"
)

func TestConfigIsChecked(t *testing.T) {
	var wrong *rt.ConfigError
	if _, err := Open(Config{Memory: 10}); !errors.As(err, &wrong) || !strings.HasPrefix(err.Error(), "mujoco: Config.Memory 10: is too small for any model; give 65536") {
		t.Errorf("a heap of 10 bytes: %v", err)
	}
	for _, c := range []struct {
		config PlantConfig
		want   string
	}{
		{PlantConfig{}, "PlantConfig.XML empty"},
		{PlantConfig{XML: []byte("x"), Path: "model.xml"}, "PlantConfig.Path model.xml: is given together with XML"},
		{PlantConfig{XML: []byte("x"), Limit: -1}, "PlantConfig.Limit -1ns"},
	} {
		if _, err := new(Engine).Load(c.config); !errors.As(err, &wrong) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %q", c.config, err, c.want)
		}
	}
}

func TestTexts(t *testing.T) {
	for got, want := range map[string]string{
		Config{}.String():                     "defaults",
		Config{Memory: 5}.String():            "Memory 5",
		PlantConfig{Path: "a.xml"}.String():   `Path "a.xml"`,
		Stats{6, 5, 1, 100, 200}.String():     "6 allocations, 5 frees, 1 refused; 100 bytes, 200 at the peak",
		unit(sensorJointPosition, true):       "rad",
		unit(sensorJointPosition, false):      "m",
		unit(sensorJointVelocity, true):       "rad/s",
		unit(1, false) + unit(999, false):     "m/s²1",
		channels("force", "N", 1)[0].String(): "force [N]",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	want := []hil.Channel{{Name: "force[0]", Unit: "N"}, {Name: "force[1]", Unit: "N"}}
	if got := channels("force", "N", 2); !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
