package dbc_test

import (
	"fmt"

	"github.com/memkit-go/memkit/rt/bus/dbc"
)

func Example() {
	db, err := dbc.Parse("drive.dbc", []byte("BO_ 257 Command: 8 HOST\n SG_ Torque : 0|16@1- (0.01,0) [-300|300] \"Nm\" DRIVE\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	command, err := db.Message("Command")
	if err != nil {
		fmt.Println(err)
		return
	}
	torque, err := command.Signal("Torque")
	if err != nil {
		fmt.Println(err)
		return
	}
	data := make([]byte, command.Size) // from here on without allocation
	torque.Encode(data, -12.5)
	fmt.Printf("%v %x %g %s\n", command.ID, data, torque.Decode(data), torque.Unit)
	// Output: 101 1efb000000000000 -12.5 Nm
}
