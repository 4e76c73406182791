package source

// change is how a quantity differs from its value one turn before.
type change uint8

const (
	unknown change = iota
	falls          // strictly
	sinks          // or stays
	stays
	climbs // or stays
	rises  // strictly
)

// both is the change of a quantity that changes in one way or the other.
func both(a, b change) change {
	switch {
	case a == b:
		return a
	case a == unknown || b == unknown:
		return unknown
	case a >= stays && b >= stays:
		return climbs
	case a <= stays && b <= stays:
		return sinks
	}
	return unknown
}

// plus is the change of a sum.
func plus(a, b change) change {
	switch {
	case a == unknown || b == unknown:
		return unknown
	case a == stays:
		return b
	case b == stays:
		return a
	case a > stays && b > stays:
		return max(a, b)
	case a < stays && b < stays:
		return min(a, b)
	}
	return unknown
}

func negative(c change) change {
	if c == unknown {
		return unknown
	}
	return rises + falls - c
}
