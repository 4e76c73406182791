package contract

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/memkit-go/memkit/internal/spelling"
)

// The names of directives, without their "//rt:" prefix.
const (
	// NonBlocking: never waits, whatever other threads do.
	NonBlocking = "nonblocking"
	// NonAllocating: never allocates on the Go heap.
	NonAllocating = "nonallocating"
	// Bound: its loop is bounded; the directive's text gives the bound.
	Bound = "bound"
	// Cold: does not run on the real-time path.
	Cold = "cold"
	// Trust: keeps its contract, for the reason given.
	Trust = "trust"
	// Allow: exempts from one code, for the reason given.
	Allow = "allow"
)

const prefix = "//rt:"

var names = []string{NonBlocking, NonAllocating, Bound, Cold, Trust, Allow}

// Directive is one //rt: line.
type Directive struct {
	Name string
	// Text after the name: the bound of [Bound].
	Text string
	// Code that [Allow] exempts from, such as "ML601".
	Code string
	// Reason of [Allow] and [Trust].
	Reason string
}

// String is the directive as it is written.
func (d Directive) String() string {
	switch d.Name {
	case Allow:
		return fmt.Sprintf("%s%s %s reason=%q", prefix, d.Name, d.Code, d.Reason)
	case Trust:
		return fmt.Sprintf("%s%s reason=%q", prefix, d.Name, d.Reason)
	}
	return strings.TrimSpace(prefix + d.Name + " " + d.Text)
}

// SpellingError is a comment that comes near to a directive, or a directive whose
// arguments are wrong.
type SpellingError struct {
	// Comment as it is written.
	Comment string
	// Fault in a few words.
	Fault string
	// Correct is the comment to write instead, "" where it is not known.
	Correct string
}

// Error names the comment, its fault and the remedy.
func (e *SpellingError) Error() string {
	text := fmt.Sprintf("%s: %s", e.Comment, e.Fault)
	if e.Correct != "" {
		text += fmt.Sprintf("; write %q", e.Correct)
	}
	return text
}

var (
	// exact is a directive as it must be spelled.
	exact = regexp.MustCompile(`^//rt:([a-z]+)(?:[ \t]+(.*))?$`)
	// near is a comment that could be meant as one: other case, spaces, a mark of
	// another tool, another separator.
	near = regexp.MustCompile(`(?i)^(?:///?|/\*)\s*[+@#]?\s*(?:go:)?rt\s*[:;.=/_-]{1,2}\s*([a-z][a-z_-]*(?: (?:blocking|allocating|block|alloc)\b)?)(.*?)(?:\*/)?$`)
	// bare is a comment that consists of a directive's name, with or without an rt.
	bare = regexp.MustCompile(`(?i)^//\s*(?:go:|[+@#])?\s*(?:rt\s*)?(non[-_ ]?blocking|non[-_ ]?allocating)\.?\s*$`)

	codeForm = regexp.MustCompile(`^ML[0-9]{3}$`)
	// A reason without quotes does not begin with a mark that is meant as one.
	reasonForm = regexp.MustCompile(`^reason=(?:"((?:[^"\\]|\\.)*)"|([\pL\pN].*))$`)
)

// suspicious reports whether Parse may give a comment a directive or a fault. It is
// much faster than Parse.
func suspicious(comment string) bool {
	text := strings.TrimLeft(comment[min(2, len(comment)):], "/ \t\r\n\f\v")
	text = strings.TrimLeft(strings.TrimLeft(text, "+@#"), " \t\r\n\f\v")
	if len(text) >= 3 && strings.EqualFold(text[:3], "go:") {
		text = strings.TrimLeft(text[3:], " \t\r\n\f\v")
	}
	return len(text) >= 3 && (strings.EqualFold(text[:2], "rt") || strings.EqualFold(text[:3], "non"))
}

// Parse takes one comment, with its slashes. It returns false where the comment is
// no directive, and a *[SpellingError] where it comes near to one or is a wrong one.
func Parse(comment string) (Directive, bool, error) {
	comment = strings.TrimRight(comment, " \t\r\n")
	match := exact.FindStringSubmatch(comment)
	if match == nil {
		return Directive{}, false, misspelled(comment)
	}
	d := Directive{Name: match[1]}
	if !slices.Contains(names, d.Name) {
		return Directive{}, false, misspelled(comment)
	}
	text := withoutComment(match[2])
	fault := func(fault, correct string) (Directive, bool, error) {
		return Directive{}, false, &SpellingError{comment, fault, correct}
	}
	switch d.Name {
	case NonBlocking, NonAllocating, Cold:
		if text != "" {
			return fault("the directive takes no text", prefix+d.Name)
		}
	case Bound:
		d.Text = strings.TrimSpace(match[2])
		if d.Text == "" {
			return fault("//rt:bound without its bound; write what limits the loop", "")
		}
	case Trust:
		reason, ok := parseReason(text)
		if !ok {
			return fault("the reason is missing", prefix+Trust+` reason="why the contract holds"`)
		}
		d.Reason = reason
	case Allow:
		code, rest, _ := strings.Cut(text, " ")
		reason, ok := parseReason(strings.TrimSpace(rest))
		if !codeForm.MatchString(code) {
			correct := strings.ToUpper(strings.TrimRight(code, ":,"))
			if !codeForm.MatchString(correct) {
				correct = "ML601"
			}
			if !ok {
				reason = "why this is right"
			}
			return fault("the code is missing or none", fmt.Sprintf("%s%s %s reason=%q", prefix, Allow, correct, reason))
		}
		if !ok {
			return fault("the reason is missing", fmt.Sprintf(`%s%s %s reason="why this is right"`, prefix, Allow, code))
		}
		d.Code, d.Reason = code, reason
	}
	return d, true, nil
}

// withoutComment is text without a comment that follows it on the line, so that a
// directive can be explained, or expected by a test.
func withoutComment(text string) string {
	quoted := false
	for i := range len(text) {
		switch {
		case text[i] == '"' && (i == 0 || text[i-1] != '\\'):
			quoted = !quoted
		case !quoted && strings.HasPrefix(text[i:], "//") && (i == 0 || text[i-1] == ' ' || text[i-1] == '\t'):
			return strings.TrimSpace(text[:i])
		}
	}
	return strings.TrimSpace(text)
}

func parseReason(text string) (string, bool) {
	match := reasonForm.FindStringSubmatch(text)
	if match == nil {
		return "", false
	}
	reason := strings.TrimSpace(strings.ReplaceAll(match[1], `\"`, `"`) + match[2])
	return reason, strings.IndexFunc(reason, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }) >= 0
}

// misspelled is the fault of a comment that is not a directive, nil when it does not
// come near to one.
func misspelled(comment string) error {
	if match := bare.FindStringSubmatch(comment); match != nil {
		name, _ := closest(match[1])
		return &SpellingError{comment, "without //rt: it is no directive", prefix + name}
	}
	match := near.FindStringSubmatch(comment)
	if match == nil {
		return nil
	}
	name, similar := closest(match[1])
	direct := strings.HasPrefix(comment, prefix)
	if !similar {
		// "// rt: a package" is prose; "//rt:fast" and "// rt:fast" are none.
		if !direct && !strings.HasPrefix(comment, "// rt:") || strings.HasPrefix(comment, "// rt: ") {
			return nil
		}
		return &SpellingError{comment, "unknown directive; known: " + strings.Join(names, ", "), ""}
	}
	fault := fmt.Sprintf("unknown directive %q", match[1])
	switch {
	case strings.HasPrefix(comment, "// "):
		fault = "has a space and is no directive"
	case !direct:
		fault = "is no directive"
	}
	correct := prefix + name
	if text := strings.TrimSpace(strings.TrimLeft(match[2], ".,;:")); text != "" && (name == Bound || name == Trust || name == Allow) {
		correct += " " + text
	}
	if _, ok, _ := Parse(correct); !ok || correct == comment {
		correct = ""
	}
	return &SpellingError{comment, fault, correct}
}

// synonyms are names that other tools and languages use.
var synonyms = map[string]string{
	"noalloc": NonAllocating, "noallocate": NonAllocating, "noallocation": NonAllocating, "noallocations": NonAllocating,
	"nonalloc": NonAllocating, "nonallocate": NonAllocating, "noallocating": NonAllocating, "notallocating": NonAllocating,
	"noheap": NonAllocating, "nogc": NonAllocating, "allocfree": NonAllocating, "noescape": NonAllocating,
	"noblock": NonBlocking, "noblocking": NonBlocking, "nonblock": NonBlocking, "notblocking": NonBlocking,
	"nolock": NonBlocking, "lockfree": NonBlocking, "waitfree": NonBlocking, "nosleep": NonBlocking, "realtime": NonBlocking,
	"bounded": Bound, "bounds": Bound, "loopbound": Bound, "limit": Bound,
	"coldpath": Cold, "slow": Cold, "unlikely": Cold,
	"trusted": Trust, "assume": Trust, "ignore": Allow, "nolint": Allow, "allowed": Allow, "suppress": Allow, "permit": Allow, "disable": Allow,
}

// closest is the directive that a word comes near to: the same but for case and
// hyphens, a synonym, or one of a few different letters.
func closest(word string) (string, bool) {
	word = strings.ToLower(strings.NewReplacer("-", "", "_", "", " ", "").Replace(word))
	if name, ok := synonyms[word]; ok {
		return name, true
	}
	best, distance := "", 1+len(word)
	for _, name := range names {
		if d := spelling.Distance(word, name); d < distance {
			best, distance = name, d
		}
	}
	limit := 1
	if len(best) > 6 {
		limit = 3
	}
	return best, distance <= limit
}
