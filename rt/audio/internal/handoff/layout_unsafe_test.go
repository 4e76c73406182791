package handoff

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unsafe"
)

// cStruct computes the offsets of a struct in handoff.h by C's rules.
func cStruct(t *testing.T, name string) (offsets map[string]uintptr, size uintptr) {
	t.Helper()
	text, err := os.ReadFile("handoff.h")
	if err != nil {
		t.Fatal(err)
	}
	code := regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAllString(string(text), "")
	body := regexp.MustCompile(`(?s)struct ` + name + ` \{(.*?)\};`).FindStringSubmatch(code)
	if body == nil {
		t.Fatalf("handoff.h has no struct %s", name)
	}
	sizes := map[string]uintptr{"uint8_t": 1, "uint32_t": 4, "uint64_t": 8, "int64_t": 8}
	offsets = map[string]uintptr{}
	at := uintptr(0)
	for _, line := range strings.Split(body[1], ";") {
		fields := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == ',' || r == '\n' })
		if len(fields) == 0 {
			continue
		}
		width, ok := sizes[fields[0]]
		if !ok {
			t.Fatalf("type %q", fields[0])
		}
		for _, field := range fields[1:] {
			n := uintptr(1)
			if name, length, array := strings.Cut(field, "["); array {
				v, err := strconv.Atoi(strings.TrimSuffix(length, "]"))
				if err != nil {
					t.Fatal(err)
				}
				field, n = name, uintptr(v)
			}
			at = (at + width - 1) / width * width
			offsets[field] = at
			at += n * width
		}
	}
	return offsets, (at + 7) / 8 * 8
}

// TestLayoutIsThatOfC holds the Go types to the C header, field by field.
func TestLayoutIsThatOfC(t *testing.T) {
	var l layout
	c, size := cStruct(t, "memkit_handoff")
	if size != unsafe.Sizeof(l) {
		t.Errorf("size %d in Go, %d in C", unsafe.Sizeof(l), size)
	}
	for name, at := range map[string]uintptr{
		"magic": unsafe.Offsetof(l.magic), "version": unsafe.Offsetof(l.version),
		"in": unsafe.Offsetof(l.in), "out": unsafe.Offsetof(l.out),
		"max_frames": unsafe.Offsetof(l.maxFrames), "on_miss": unsafe.Offsetof(l.onMiss),
		"records": unsafe.Offsetof(l.records), "stride": unsafe.Offsetof(l.stride),
		"in_at": unsafe.Offsetof(l.inAt), "out_at": unsafe.Offsetof(l.outAt),
		"last_at": unsafe.Offsetof(l.lastAt), "records_at": unsafe.Offsetof(l.recordsAt),
		"period": unsafe.Offsetof(l.period), "budget": unsafe.Offsetof(l.budget), "least": unsafe.Offsetof(l.least),
		"gate": unsafe.Offsetof(l.gate), "reformat": unsafe.Offsetof(l.reformat),
		"posted_n": unsafe.Offsetof(l.postedN), "seen_reformat": unsafe.Offsetof(l.seenReformat), "row": unsafe.Offsetof(l.row),
		"posted": unsafe.Offsetof(l.posted), "done": unsafe.Offsetof(l.done),
		"frame": unsafe.Offsetof(l.frame), "n": unsafe.Offsetof(l.n), "flags": unsafe.Offsetof(l.flags),
		"in_time": unsafe.Offsetof(l.inTime), "out_time": unsafe.Offsetof(l.outTime),
		"deadline": unsafe.Offsetof(l.deadline), "posted_at": unsafe.Offsetof(l.postedAt), "begin": unsafe.Offsetof(l.begin),
		"cycles": unsafe.Offsetof(l.cycles), "misses": unsafe.Offsetof(l.misses), "late": unsafe.Offsetof(l.late),
		"xruns_in": unsafe.Offsetof(l.xrunsIn), "xruns_out": unsafe.Offsetof(l.xrunsOut),
		"unrecorded": unsafe.Offsetof(l.unrecorded), "next": unsafe.Offsetof(l.next),
		"gap": unsafe.Offsetof(l.gap), "silenced": unsafe.Offsetof(l.silenced), "last_n": unsafe.Offsetof(l.lastN),
		"head": unsafe.Offsetof(l.head), "tail": unsafe.Offsetof(l.tail),
	} {
		if got, ok := c[name]; !ok || got != at {
			t.Errorf("%s: %d in Go, %d in C", name, at, got)
		}
	}
	var r Record
	c, size = cStruct(t, "memkit_record")
	if size != unsafe.Sizeof(r) || size != cacheLine {
		t.Errorf("record: size %d in Go, %d in C", unsafe.Sizeof(r), size)
	}
	for name, at := range map[string]uintptr{
		"sequence": unsafe.Offsetof(r.Sequence), "flags": unsafe.Offsetof(r.Flags),
		"begin": unsafe.Offsetof(r.Begin), "entry": unsafe.Offsetof(r.Entry), "end": unsafe.Offsetof(r.End),
		"frame": unsafe.Offsetof(r.Frame), "n": unsafe.Offsetof(r.N),
	} {
		if c[name] != at {
			t.Errorf("record.%s: %d in Go, %d in C", name, at, c[name])
		}
	}
}

// TestWordsHaveTheirLines: what one side writes and the other reads shares no
// cache line with anything else.
func TestWordsHaveTheirLines(t *testing.T) {
	var l layout
	lines := map[uintptr]string{}
	for name, at := range map[string]uintptr{
		"constants": 0, "constants'": 64, "posted": unsafe.Offsetof(l.posted), "done": unsafe.Offsetof(l.done),
		"block": unsafe.Offsetof(l.frame), "counters": unsafe.Offsetof(l.cycles), "driver": unsafe.Offsetof(l.next),
		"head": unsafe.Offsetof(l.head), "tail": unsafe.Offsetof(l.tail),
	} {
		if other, taken := lines[at/cacheLine]; taken || at%cacheLine != 0 {
			t.Errorf("%s at %d shares a line with %q", name, at, other)
		}
		lines[at/cacheLine] = name
	}
}
