package audio

import (
	"errors"
	"slices"
	"testing"

	"github.com/memkit-go/memkit/rt"
)

// TestThreads: modes are tried in order, past those that are refused, and only
// Portable goes without a real-time policy.
func TestThreads(t *testing.T) {
	wrong := errors.New("wrong config")
	for _, c := range []struct {
		name    string
		modes   []rt.Mode
		answers map[rt.Mode]error
		tried   []rt.Mode
		want    error
	}{
		{"granted at once", preferred, nil, []rt.Mode{rt.Strict}, nil},
		{"no pin", preferred, map[rt.Mode]error{rt.Strict: rt.ErrUnsupported}, []rt.Mode{rt.Strict, rt.Cooperative}, nil},
		{"no right", preferred, map[rt.Mode]error{rt.Strict: &rt.PrivilegeError{}, rt.Cooperative: &rt.PrivilegeError{}}, preferred, nil},
		{"no right to be held", held, map[rt.Mode]error{rt.Strict: rt.ErrUnsupported}, held, rt.ErrUnsupported},
		{"wrong", preferred, map[rt.Mode]error{rt.Strict: wrong}, []rt.Mode{rt.Strict}, wrong},
	} {
		t.Run(c.name, func(t *testing.T) {
			var tried []rt.Mode
			_, err := threads(func(l rt.LoopConfig) (*rt.Loop, error) {
				tried = append(tried, l.Mode)
				if timesharing := l.Policy == 0; timesharing != (l.Mode == rt.Portable) {
					t.Errorf("%v with policy %v", l.Mode, l.Policy)
				}
				return nil, c.answers[l.Mode]
			})(rt.LoopConfig{Policy: rt.FIFO(65)}, c.modes)
			if !slices.Equal(tried, c.tried) || !errors.Is(err, c.want) {
				t.Errorf("tried %v, %v; want %v, %v", tried, err, c.tried, c.want)
			}
		})
	}
}
