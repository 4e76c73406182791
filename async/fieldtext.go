package async

import "github.com/memkit-go/memkit/internal/fieldtext"

// String names the settings that are not zero.
func (c BroadcastConfig) String() string { return fieldtext.Of(c, "defaults") }

// String names the settings that are not zero.
func (c FramesConfig) String() string { return fieldtext.Of(c, "defaults") }

// String names the settings that are not zero.
func (c HeapConfig) String() string { return fieldtext.Of(c, "defaults") }

// String names the settings that are not zero.
func (c PipeConfig) String() string { return fieldtext.Of(c, "defaults") }

// String names the settings that are not zero.
func (c PoolConfig[T]) String() string { return fieldtext.Of(c, "defaults") }
