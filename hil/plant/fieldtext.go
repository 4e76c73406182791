package plant

import "github.com/memkit-go/memkit/internal/fieldtext"

// String names the settings that are not zero.
func (c CartPoleConfig) String() string { return fieldtext.Of(c, "defaults") }

// String names the settings that are not zero.
func (c DCMotorConfig) String() string { return fieldtext.Of(c, "defaults") }

// String names the settings that are not zero.
func (c MassSpringConfig) String() string { return fieldtext.Of(c, "defaults") }

// String names the settings that are not zero.
func (c ODEConfig) String() string { return fieldtext.Of(c, "defaults") }

// String names the settings that are not zero.
func (c StateSpaceConfig) String() string { return fieldtext.Of(c, "defaults") }

// String names the settings that are not zero.
func (c ThermalConfig) String() string { return fieldtext.Of(c, "defaults") }

// String names the settings that are not zero.
func (c TransferFunctionConfig) String() string { return fieldtext.Of(c, "defaults") }
