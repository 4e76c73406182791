package bus

import "github.com/memkit-go/memkit/internal/fieldtext"

// String names the settings that are not zero.
func (c CANConfig) String() string { return fieldtext.Of(c, "defaults") }

// String names the counts that are not zero.
func (c CANCounters) String() string { return fieldtext.Of(c, "nothing") }

// String names the settings that are not zero.
func (c ExchangeConfig) String() string { return fieldtext.Of(c, "defaults") }

// String names the settings that are not zero.
func (c SerialConfig) String() string { return fieldtext.Of(c, "defaults") }

// String names the settings that are not zero.
func (c UDPConfig) String() string { return fieldtext.Of(c, "defaults") }

// String names the settings that are not zero.
func (c UnixConfig) String() string { return fieldtext.Of(c, "defaults") }
