package doorbell

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

func TestAwait(t *testing.T) {
	words := make([]uint32, MostGroups)
	for _, n := range []int{1, 3, MostGroups} {
		for i := range words {
			words[i] = 0
		}
		for i := range n {
			if Await(words[:n], 7, 3) {
				t.Fatalf("%d of %d words have answered, and Await says all", i, n)
			}
			words[i] = 7
		}
		if !Await(words[:n], 7, 1) {
			t.Errorf("all of %d words have answered, and Await says no", n)
		}
		if n < MostGroups {
			words[n] = 9 // beyond the end
			if !Await(words[:n], 7, 1) {
				t.Error("Await reads beyond the end")
			}
		}
		words[n-1] = 6
		if Await(words[:n], 7, 100) {
			t.Error("an old answer counts")
		}
	}
}

func TestStore(t *testing.T) {
	words := make([]uint32, 3)
	Store(&words[1], 1<<31+5)
	if words[0] != 0 || words[1] != 1<<31+5 || words[2] != 0 {
		t.Errorf("Store: %v", words)
	}
	StoreAlone(&words[1], 3)
	if words[0] != 0 || words[1] != 3 || words[2] != 0 {
		t.Errorf("StoreAlone: %v", words)
	}
	if n := testing.AllocsPerRun(100, func() { Store(&words[1], 1); StoreAlone(&words[1], 2); Await(words, 5, 2) }); n != 0 {
		t.Errorf("%g allocations", n)
	}
}

// TestOtherSide: an answer from another goroutine arrives, after what it wrote before.
func TestOtherSide(t *testing.T) {
	door, answers := make([]uint32, 1), make([]uint32, 1)
	data := 0
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for i := uint32(1); i <= 100; i++ {
			for !Await(door, i, 1000) {
			}
			data++
			Store(&answers[0], i)
		}
	}()
	for i := uint32(1); i <= 100; i++ {
		data++
		Store(&door[0], i)
		for !Await(answers, i, 1000) {
		}
		if data != int(2*i) {
			t.Fatalf("ring %d: data is %d", i, data)
		}
	}
	<-ended
}

// TestLayout: resident.glsl has the same layout and the same cost of a ring.
func TestLayout(t *testing.T) {
	text, err := os.ReadFile("../../resident.glsl")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"uvec4 door; // sequence, stop, polls, mark",
		"uvec4 reserved[" + strconv.Itoa(Input/16-1) + "];",
		"uint answers[" + strconv.Itoa(MostGroups) + "];",
		"uint seen[" + strconv.Itoa(MostGroups) + "];",
		"RING_COST = " + strconv.Itoa(RingCost) + "u;",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("resident.glsl does not contain %q", want)
		}
	}
	if Sequence != 0 || Stop != 4 || Polls != 8 || Mark != 12 || Output != 4*MostGroups || State != 4*MostGroups {
		t.Error("the offsets do not follow the structures")
	}
	if b := make([]byte, 64); len(Words(b, 4, 3)) != 3 || &Words(b, 4, 3)[0] == &Words(b, 0, 1)[0] {
		t.Error("Words")
	}
}
