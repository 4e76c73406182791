//go:build rtdebug

package rt

import "testing"

// TestTriggeredIsNotJudged unless it is Strict.
func TestTriggeredIsNotJudged(t *testing.T) {
	for mode, judged := range map[Mode]bool{Strict: true, Cooperative: false, Portable: false} {
		k := newKernel(t)
		process, err := setUp(ProcessConfig{}, k.system())
		if err != nil {
			t.Fatal(err)
		}
		l := mustLoop(t, LoopConfig{Mode: mode, Trigger: triggers(k)}, k.system(), process)
		n := 0
		panicked := func() (p bool) {
			defer func() { p = recover() != nil }()
			l.Run(t.Context(), func(*Tick) error {
				if n++; n == debugWarmUp+10 {
					k.p++
				}
				if n > debugWarmUp+20 {
					return ErrStop
				}
				return nil
			})
			return false
		}()
		if panicked != judged {
			t.Errorf("%v: judged %v, want %v", mode, panicked, judged)
		}
	}
}
