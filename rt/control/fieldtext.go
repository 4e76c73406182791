package control

import "github.com/memkit-go/memkit/internal/fieldtext"

// String names the settings that are not zero.
func (c AccelerationLimiterConfig) String() string { return fieldtext.Of(c, "defaults") }

// String names the settings that are not zero.
func (c CascadeConfig) String() string { return fieldtext.Of(c, "defaults") }

// String names the settings that are not zero.
func (c FilterConfig) String() string { return fieldtext.Of(c, "defaults") }

// String names the settings that are not zero.
func (c RateLimiterConfig) String() string { return fieldtext.Of(c, "defaults") }
