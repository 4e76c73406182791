package bus

import (
	"encoding/binary"
	"fmt"
	"syscall"
)

// CAN is a port over a CAN interface. As a [Port] it sends data under one identifier
// and receives the data of every frame that the filters let pass; SendFrame and
// ReceiveFrame handle identifiers.
type CAN struct {
	socket
	config   CANConfig
	counters CANCounters
	raw      [canFDBytes]byte
	frame    CANFrame
}

// The kernel's frames, see linux/can.h: identifier 4, length 1, flags 1, 2 unused,
// data.
const (
	canBytes   = 16
	canFDBytes = 72
	canData    = 8

	canExtended  = 1 << 31
	canRemote    = 1 << 30
	canError     = 1 << 29
	canFlagsFD   = 0x04
	canFlagsBRS  = 0x01
	canMask      = 1<<29 - 1
	canBaseMask  = 1<<11 - 1
	canErrorBits = 0x1FF

	errLostArbitration = 0x002
	errController      = 0x004
	errProtocol        = 0x008
	errNoAck           = 0x020
	errBusOff          = 0x040
	errRestarted       = 0x100
	errCounts          = 0x200
)

// canSizes are the lengths of an FD frame.
var canSizes = [...]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20, 24, 32, 48, 64}

// padded returns the smallest length of an FD frame that holds n bytes.
func padded(n int) int {
	for _, size := range canSizes {
		if size >= n {
			return size
		}
	}
	return n
}

// Send sends data under CANConfig.Send: up to 8 bytes, or with FD up to 64, filled up
// with zero bytes to the next length that FD has.
//
// Cost: one system call. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (c *CAN) Send(data []byte) error {
	if len(data) > 64 {
		return ErrSize
	}
	f := &c.frame
	*f = CANFrame{ID: c.config.Send, FD: c.config.FD && len(data) > 8, BitRateSwitch: c.config.BitRateSwitch, Size: len(data)}
	copy(f.Data[:], data)
	return c.SendFrame(f)
}

// SendFrame sends a frame. It returns ErrDown while the controller is off the bus.
//
// Cost: one system call. Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (c *CAN) SendFrame(f *CANFrame) error {
	if c.counters.Off {
		return ErrDown
	}
	most, bytes := 8, canBytes
	if f.FD {
		if !c.config.FD || f.Remote {
			return ErrSize
		}
		most, bytes = 64, canFDBytes
	}
	if f.Size < 0 || f.Size > most || f.ID.Value > canMask || !f.ID.Extended && f.ID.Value > canBaseMask {
		return ErrSize
	}
	raw := c.raw[:bytes]
	clear(raw)
	id := f.ID.Value
	if f.ID.Extended {
		id |= canExtended
	}
	if f.Remote {
		id |= canRemote
	}
	binary.NativeEndian.PutUint32(raw, id)
	raw[4] = byte(f.Size)
	if f.FD {
		raw[4] = byte(padded(f.Size))
		raw[5] = canFlagsFD
		if f.BitRateSwitch {
			raw[5] |= canFlagsBRS
		}
	}
	if !f.Remote {
		copy(raw[canData:], f.Data[:f.Size])
	}
	return c.socket.Send(raw)
}

// messagesAReceive bounds how many error frames one Receive passes over.
const messagesAReceive = 16

// Receive takes the data of the oldest frame.
//
// Cost: up to 16 system calls while error frames arrive, else one. Allocates: no.
// Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound 16 error frames
func (c *CAN) Receive(data []byte) (n int, at int64, err error) {
	at, err = c.ReceiveFrame(&c.frame)
	if err != nil {
		return 0, 0, err
	}
	if c.frame.Size > len(data) {
		return 0, 0, ErrSize
	}
	return copy(data, c.frame.Data[:c.frame.Size]), at, nil
}

// ReceiveFrame takes the oldest frame and counts the error frames before it.
//
// Cost: up to 16 system calls while error frames arrive, else one. Allocates: no.
// Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
//rt:bound 16 error frames
func (c *CAN) ReceiveFrame(f *CANFrame) (at int64, err error) {
	for range messagesAReceive {
		n, at, err := c.socket.Receive(c.raw[:])
		if err == ErrSize {
			c.counters.Malformed++
			continue
		}
		if err != nil {
			return 0, err
		}
		raw := c.raw[:n]
		if n != canBytes && n != canFDBytes {
			c.counters.Malformed++
			continue
		}
		id, size := binary.NativeEndian.Uint32(raw), int(raw[4])
		if id&canError != 0 {
			c.countError(id, raw)
			continue
		}
		if size > n-canData || n == canBytes && size > 8 {
			c.counters.Malformed++
			continue
		}
		f.ID = CANID{Value: id & canBaseMask}
		if id&canExtended != 0 {
			f.ID = CANID{Value: id & canMask, Extended: true}
		}
		f.FD = n == canFDBytes
		f.Remote = id&canRemote != 0 && !f.FD
		f.BitRateSwitch = f.FD && raw[5]&canFlagsBRS != 0
		f.Size = size
		copy(f.Data[:], raw[canData:canData+size])
		clear(f.Data[size:])
		return at, nil
	}
	return 0, ErrEmpty
}

func (c *CAN) countError(class uint32, raw []byte) {
	k := &c.counters
	counted := false
	for _, kind := range [...]struct {
		bit   uint32
		count *uint64
	}{
		{errLostArbitration, &k.LostArbitration}, {errProtocol, &k.Protocol},
		{errNoAck, &k.NoAck}, {errBusOff, &k.BusOff}, {errRestarted, &k.Restarts},
	} {
		if class&kind.bit != 0 {
			*kind.count++
			counted = true
		}
	}
	if class&errController != 0 {
		counted = true
		switch state := raw[canData+1]; {
		case state&0x03 != 0: // no room for received or for sent frames
			k.Overflow++
		case state&0x30 != 0:
			k.Passive++
		case state&0x0C != 0:
			k.Warning++
		}
	}
	if class&errCounts != 0 {
		k.TransmitErrors, k.ReceiveErrors = raw[canData+6], raw[canData+7]
	}
	switch {
	case class&errBusOff != 0:
		k.Off = true
	case class&errRestarted != 0:
		k.Off = false
	}
	if !counted {
		k.Other++
	}
}

// Counters returns what the error frames told so far.
//
// Cost: O(1). Allocates: no. Blocks: no. Caller: owner.
//
//rt:nonblocking
//rt:nonallocating
func (c *CAN) Counters() CANCounters { return c.counters }

// canSetup is every call through which OpenCAN reaches the kernel.
type canSetup struct {
	open  func() (fd int, err error)
	index func(name string) (int, error)
	bind  func(fd, index int) error
	// option sets an option of CAN_RAW.
	option func(fd, option int, value []byte) error
	mtu    func(name string) (int, error)
}

// Options of CAN_RAW, see linux/can/raw.h.
const (
	rawFilter   = 1
	rawErrors   = 2
	rawFDFrames = 5
)

// openCAN opens a port over a kernel.
func openCAN(c CANConfig, k canSetup, sys *system, stamps func(fd int)) (*CAN, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	fd, err := k.open()
	if err != nil {
		return nil, fmt.Errorf("bus: CAN socket: %w; the kernel needs the module can_raw", err)
	}
	fail := func(err error) (*CAN, error) {
		sys.close(fd)
		return nil, err
	}
	index, err := k.index(c.Interface)
	if err != nil {
		return fail(fmt.Errorf("bus: CAN interface %s: %w; ip link lists the interfaces", c.Interface, err))
	}
	if c.FD {
		mtu, err := k.mtu(c.Interface)
		if err != nil {
			return fail(fmt.Errorf("bus: CAN interface %s: %w", c.Interface, err))
		}
		if mtu < canFDBytes {
			return fail(fmt.Errorf("bus: CANConfig.FD is set and %s carries frames of %d bytes: ip link set %s mtu 72, with fd on, or set FD to false", c.Interface, mtu, c.Interface))
		}
		if err := k.option(fd, rawFDFrames, binary.NativeEndian.AppendUint32(nil, 1)); err != nil {
			return fail(fmt.Errorf("bus: CANConfig.FD: %w", err))
		}
	}
	if err := k.option(fd, rawErrors, binary.NativeEndian.AppendUint32(nil, canErrorBits|errCounts)); err != nil {
		return fail(fmt.Errorf("bus: CAN error frames: %w", err))
	}
	if list, _ := c.filters(); len(list) > 0 {
		var b []byte
		for _, f := range list {
			b = binary.NativeEndian.AppendUint32(binary.NativeEndian.AppendUint32(b, f[0]), f[1])
		}
		if err := k.option(fd, rawFilter, b); err != nil {
			return fail(fmt.Errorf("bus: CANConfig.Filters: %w", err))
		}
	}
	if err := k.bind(fd, index); err != nil {
		if err == syscall.ENODEV || err == syscall.ENETDOWN {
			return fail(fmt.Errorf("bus: CAN interface %s: %w; ip link set %s up", c.Interface, err, c.Interface))
		}
		return fail(fmt.Errorf("bus: CAN interface %s: %w", c.Interface, err))
	}
	stamps(fd)
	return &CAN{socket: socket{sys: sys, fd: fd}, config: c}, nil
}
