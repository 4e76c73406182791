package link_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/hil"
	"github.com/memkit-go/memkit/hil/link"
)

// level is a plant whose output is the sum of its inputs.
type level struct{ x float64 }

func (p *level) Step(t hil.Tick, u, y []float64) error {
	if t.Period != 0 {
		p.x += u[0]
	}
	y[0] = p.x
	return nil
}
func (p *level) Save(b []byte) []byte { return hil.AppendFloats(b, p.x) }
func (p *level) Restore(b []byte) error {
	_, err := hil.TakeFloats(b, &p.x)
	return err
}

// notAValueLink hides Exchange, so that a rig sends frames.
type notAValueLink struct{ hil.Link }

// A controller gets the same values with frames and without.
func TestControllerWithFramesAndWithout(t *testing.T) {
	var results []uint64
	for _, frames := range []bool{false, true} {
		sum, resets := 0.0, 0
		c, err := link.NewController(link.ControllerConfig{
			Sends: 1, Receives: 1, Reset: func() { sum = 0; resets++ },
			Step: func(in, out []float64) { sum += 1; out[0] = sum - 0.3*in[0] },
		})
		if err != nil {
			t.Fatal(err)
		}
		var l hil.Link = c
		if frames {
			l = notAValueLink{c}
		}
		rig, err := hil.New(hil.Config{
			Rate: 1000, Plant: &level{},
			Sensors: []hil.Channel{{Name: "y"}}, Actuators: []hil.Channel{{Name: "u"}},
			Connections: []hil.Connection{{Name: "c", Link: l, Control: c}},
		})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			res, err := rig.Run(context.Background(), hil.Stimulus{Steps: 300})
			if err != nil || res.End != nil || res.Connections[0].Answered != 300 {
				t.Fatal(err, res)
			}
			results = append(results, res.Hash)
		}
		if resets != 2 {
			t.Errorf("%d resets", resets)
		}
	}
	for _, h := range results {
		if h != results[0] {
			t.Errorf("hashes %x", results)
		}
	}
}

func TestControllerThatIsPausedOrClosed(t *testing.T) {
	c, err := link.NewController(link.ControllerConfig{Sends: 1, Receives: 2, Step: func(_, out []float64) { out[1] = 5 }})
	if err != nil {
		t.Fatal(err)
	}
	in, out := make([]float64, 1), make([]float64, 2)
	var frame [hil.MaxFrame]byte
	n := hil.Floats{}.Encode(frame[:], 3, in)
	answered := func() bool {
		sendErr := c.Send(hil.Tick{}, frame[:n])
		got, err := c.Receive(hil.Tick{}, make([]byte, hil.MaxFrame), 0)
		return sendErr == nil && err == nil && got == 24
	}
	if !c.Exchange(hil.Tick{}, in, out) || out[1] != 5 || !answered() {
		t.Error("no answer")
	}
	if c.Exchange(hil.Tick{}, in, in) || c.Exchange(hil.Tick{}, out, out) {
		t.Error("another number of values is taken")
	}
	_ = c.Pause(true)
	if c.Exchange(hil.Tick{}, in, out) || answered() {
		t.Error("a paused controller answers")
	}
	_ = c.Pause(false)
	if !c.Exchange(hil.Tick{}, in, out) || !answered() {
		t.Error("no answer after the pause")
	}
	_ = c.Close()
	if c.Exchange(hil.Tick{}, in, out) || c.Send(hil.Tick{}, frame[:n]) != hil.ErrDown {
		t.Error("a closed controller answers")
	}
}

// A device that answers more than is read loses the oldest answers; a reset loses all.
func TestFunctionKeepsAnswers(t *testing.T) {
	k := byte(0)
	f, err := link.NewFunction(link.FunctionConfig{Answer: func(_, answer []byte) int { k++; answer[0] = k; return 1 }})
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		_ = f.Send(hil.Tick{}, nil)
	}
	b := make([]byte, 4)
	for want := byte(5); want <= 20; want++ {
		if n, err := f.Receive(hil.Tick{}, b, 0); n != 1 || err != nil || b[0] != want {
			t.Fatalf("got %d, %v, %v, want %d", b[0], n, err, want)
		}
	}
	if _, err := f.Receive(hil.Tick{}, b, 1<<62); err != hil.ErrNone {
		t.Error(err)
	}
	_ = f.Send(hil.Tick{}, nil)
	_ = f.Reset()
	if _, err := f.Receive(hil.Tick{}, b, 0); err != hil.ErrNone {
		t.Errorf("after a reset: %v", err)
	}
}

func TestConfigsAreRefused(t *testing.T) {
	if _, err := link.NewFunction(link.FunctionConfig{}); err == nil || !strings.Contains(err.Error(), "Answer") {
		t.Error(err)
	}
	for _, c := range []link.ControllerConfig{{}, {Sends: 1, Receives: 30}, {Sends: 1, Receives: 1}} {
		if _, err := link.NewController(c); err == nil {
			t.Errorf("%v is taken", c)
		}
	}
}

// A device of one's own frames: it answers each byte with the next one.
func ExampleNewFunction() {
	f, err := link.NewFunction(link.FunctionConfig{
		Answer: func(frame, answer []byte) int {
			answer[0] = frame[0] + 1
			return 1
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := f.Send(hil.Tick{}, []byte{41}); err != nil {
		fmt.Println(err)
		return
	}
	var frame [hil.MaxFrame]byte
	n, err := f.Receive(hil.Tick{}, frame[:], 0)
	fmt.Println(frame[:n], err)
	// Output: [42] <nil>
}
