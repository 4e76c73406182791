package report_test

import (
	"encoding/json"
	"fmt"

	"github.com/memkit-go/memkit/lens/report"
)

func ExampleReport() {
	r := report.Report{Findings: []report.Finding{{
		Code: "ML603", Severity: report.SeverityError, Pos: "gain.go:14:11", Func: "synth.Gain.Process",
		Message: "sync.Mutex.Lock takes a lock", Evidence: []string{report.Source},
	}}}
	fmt.Println(&r)
	fmt.Println(r.Findings[0])
	text, _ := json.Marshal(r.Hints)
	fmt.Println(r.Clean(), string(text))
	// Output:
	// 1 finding, 0 hints, 0 allowed, 0 errors
	// gain.go:14:11: error: sync.Mutex.Lock takes a lock (ML603)
	// false null
}

func ExampleExplain() {
	code, ok := report.Explain("ML607")
	fmt.Println(ok, code.Severity, code.Title)
	// Output: true error start of a goroutine
}

func ExampleFix_Apply() {
	fix := report.Fix{Message: "write the directive without a space", Edits: []report.Edit{{File: "a.go", Start: 0, End: 3, New: "//"}}}
	text, err := fix.Apply("a.go", []byte("// rt:nonblocking\n"))
	fmt.Print(string(text))
	fmt.Println(err)
	// Output:
	// //rt:nonblocking
	// <nil>
}
