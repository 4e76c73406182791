package rtlog

import (
	"errors"

	"github.com/memkit-go/memkit/rt"
)

// ErrMessages is returned by [Log.Drain] when the writer's [Messages] are others.
var ErrMessages = errors.New("rtlog: the writing side declares other messages; declare the same ones in the same order on both sides")

func configError(field, value, reason, remedy string) *rt.ConfigError {
	return &rt.ConfigError{Package: "rtlog", Field: field, Value: value, Reason: reason, Remedy: remedy}
}
