package trace

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// The fields of Perfetto's messages that are written, by message; from
// perfetto/trace/*.proto. A file is one Trace.
const (
	tracePacket protowire.Number = 1

	packetClockSnapshot protowire.Number = 6
	packetTimestamp     protowire.Number = 8
	packetSequence      protowire.Number = 10
	packetEvent         protowire.Number = 11
	packetInterned      protowire.Number = 12
	packetFlags         protowire.Number = 13
	packetDefaults      protowire.Number = 59
	packetTrack         protowire.Number = 60
	packetFirst         protowire.Number = 87

	snapshotClocks  protowire.Number = 1
	snapshotPrimary protowire.Number = 2
	clockID         protowire.Number = 1
	clockTimestamp  protowire.Number = 2

	defaultsEvent protowire.Number = 11
	defaultsClock protowire.Number = 58

	internedEventNames protowire.Number = 2
	eventNameIID       protowire.Number = 1
	eventNameText      protowire.Number = 2

	trackUUID    protowire.Number = 1
	trackName    protowire.Number = 2
	trackProcess protowire.Number = 3
	trackParent  protowire.Number = 5
	trackCounter protowire.Number = 8
	processPID   protowire.Number = 1
	processName  protowire.Number = 6
	counterUnit  protowire.Number = 3

	eventType    protowire.Number = 9
	eventNameRef protowire.Number = 10
	eventTrack   protowire.Number = 11
	eventValue   protowire.Number = 30
)

// Values of the enumerated fields.
const (
	clockMonotonic = 3 // BuiltinClock

	stateCleared = 1 // SequenceFlags
	stateNeeded  = 2

	sliceBegin   = 1 // TrackEvent.Type
	sliceEnd     = 2
	instant      = 3
	counterValue = 4
)

func appendUint(b []byte, field protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), v)
}

// appendString appends text, which readers may refuse when it is no UTF-8.
func appendString(b []byte, field protowire.Number, s string) []byte {
	b = protowire.AppendTag(b, field, protowire.BytesType)
	return protowire.AppendString(b, strings.ToValidUTF8(s, "\uFFFD"))
}

// appendMessage appends what body appends as an embedded message. Its length
// goes in front when it is known, which moves the few bytes of a packet.
func appendMessage(b []byte, field protowire.Number, body func([]byte) []byte) []byte {
	b = protowire.AppendTag(b, field, protowire.BytesType)
	start := len(b)
	b = body(b)
	var length [10]byte
	return slices.Insert(b, start, protowire.AppendVarint(length[:0], uint64(len(b)-start))...)
}
