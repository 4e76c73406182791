package binary

import "github.com/memkit-go/memkit/internal/machinecode"

// graph holds calls between first-party functions.
type graph struct {
	calls map[*machinecode.Symbol][]*node
	order []*machinecode.Symbol
}

func (g *graph) add(n *node) {
	if g.calls == nil {
		g.calls = map[*machinecode.Symbol][]*node{}
	}
	from := n.parent.symbol
	if g.calls[from] == nil {
		g.order = append(g.order, from)
	}
	g.calls[from] = append(g.calls[from], n)
}

// cycles returns a call for each set of functions that call each other, the one that
// closes a cycle. The search begins at root.
func (g *graph) cycles(root *machinecode.Symbol) []*node {
	var found []*node
	const (
		open = 1 + iota
		done
	)
	state := map[*machinecode.Symbol]int{}
	type frame struct {
		symbol *machinecode.Symbol
		next   int
	}
	for _, start := range append([]*machinecode.Symbol{root}, g.order...) {
		if state[start] != 0 {
			continue
		}
		stack := []frame{{start, 0}}
		state[start] = open
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			if top.next == len(g.calls[top.symbol]) {
				state[top.symbol] = done
				stack = stack[:len(stack)-1]
				continue
			}
			n := g.calls[top.symbol][top.next]
			top.next++
			switch state[n.symbol] {
			case open:
				found = append(found, n)
			case 0:
				state[n.symbol] = open
				stack = append(stack, frame{n.symbol, 0})
			}
		}
	}
	return found
}
