package source

import (
	"go/token"
	"strings"

	"github.com/memkit-go/memkit/internal/contract"
)

// promise is the contract of a function, a method of an interface, or a func type.
type promise struct {
	// Keeps are the kinds that its callers need not look for.
	Keeps kindSet
	// Cold: does not run on the real-time path.
	Cold bool
	// Trust is the reason why nothing is checked; "" when it is.
	Trust string
	// Entry: it is called on a real-time thread, and carries no directive.
	Entry bool

	exemptions []*exemption
}

func (p *promise) is(k kindSet) bool { return p != nil && p.Keeps&k == k }

// String names the contract as its directives do.
func (p *promise) String() string {
	var words []string
	if p.is(nonBlocking) {
		words = append(words, contract.NonBlocking)
	}
	if p.is(nonAllocating) {
		words = append(words, contract.NonAllocating)
	}
	return strings.Join(words, " and ")
}

// exemption is a directive that takes findings out of the report, for a reason.
type exemption struct {
	directive contract.Directive
	pos, end  token.Pos
	covers    kindSet
	reason    string
	// line that it is restricted to; 0 for the whole function.
	line int
	used bool
}

// newPromise combines the directives of one declaration.
func newPromise(directives []contract.Placed) *promise {
	p := &promise{}
	for _, d := range directives {
		e := &exemption{directive: d.Directive, pos: d.Pos, end: d.End}
		switch d.Name {
		case contract.NonBlocking:
			p.Keeps |= nonBlocking
		case contract.NonAllocating:
			p.Keeps |= nonAllocating
		case contract.Cold:
			p.Cold = true
			p.exemptions = append(p.exemptions, e)
		case contract.Bound:
			p.exemptions = append(p.exemptions, bounded(d))
		case contract.Trust:
			p.Trust = d.Reason
			e.covers, e.reason = everyKind, d.Reason
			p.exemptions = append(p.exemptions, e)
		case contract.Allow:
			e.covers, e.reason = withCode(d.Code), d.Reason
			p.exemptions = append(p.exemptions, e)
		}
	}
	if p.Trust != "" && p.Keeps == 0 {
		p.Keeps = everyKind
	}
	return p
}

// bounded is the trust in a declared bound.
func bounded(d contract.Placed) *exemption {
	return &exemption{directive: d.Directive, pos: d.Pos, end: d.End, covers: setOf(loop), reason: d.Text}
}
