package junit_test

import (
	"bytes"
	"encoding/xml"
	"os"
	"strings"
	"testing"

	"github.com/memkit-go/memkit/internal/junit"
)

func ExampleWrite() {
	_ = junit.Write(os.Stdout, "rtbench", []junit.Case{
		{Class: "loop/wake-1ms", Name: "p99"},
		{Class: "loop/wake-1ms", Name: "count/skipped", Outcome: junit.Fail, Type: "FAIL", Message: "3 of at most 0"},
	})
	// Output:
	// <?xml version="1.0" encoding="UTF-8"?>
	// <testsuites tests="2" failures="1">
	// 	<testsuite name="rtbench" tests="2" failures="1" errors="0" id="0" time="0">
	// 		<testcase name="p99" classname="loop/wake-1ms"></testcase>
	// 		<testcase name="count/skipped" classname="loop/wake-1ms">
	// 			<failure message="3 of at most 0" type="FAIL"></failure>
	// 		</testcase>
	// 	</testsuite>
	// </testsuites>
}

// TestAnyText: whatever a name or a message holds, the file is XML.
func TestAnyText(t *testing.T) {
	var out bytes.Buffer
	text := "<&\"]]>\x00\x1b\ufffe\xff"
	if err := junit.Write(&out, text, []junit.Case{{Class: text, Name: text, Outcome: junit.Undecided, Type: text, Message: text}}); err != nil {
		t.Fatal(err)
	}
	var read struct {
		Suites []struct {
			Errors int `xml:"errors,attr"`
			Cases  []struct {
				Error *struct {
					Message string `xml:"message,attr"`
				} `xml:"error"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(out.Bytes(), &read); err != nil {
		t.Fatalf("%v: %s", err, &out)
	}
	if read.Suites[0].Errors != 1 || !strings.HasPrefix(read.Suites[0].Cases[0].Error.Message, `<&"]]>`) {
		t.Errorf("%+v", read)
	}
}
