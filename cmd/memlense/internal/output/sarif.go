package output

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"path/filepath"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/memkit-go/memkit/lens/report"
)

const informationURI = "https://github.com/memkit-go/memkit/blob/main/docs/memlense.md"

// SARIF prints the report in the Static Analysis Results Interchange Format 2.1.0.
// Allowed findings are results with a suppression, calls are code flows, and an error
// makes the invocation unsuccessful.
func (p Page) SARIF(r *report.Report, version string) error {
	doc := p.sarif(r, version)
	if err := doc.PrettyWrite(p.W); err != nil {
		return fmt.Errorf("memlense: SARIF: %w", err)
	}
	_, err := p.W.Write([]byte("\n"))
	return err
}

func (p Page) sarif(r *report.Report, version string) *sarif.Report {
	p.lines = newSources(p.readFile)
	run := sarif.NewRunWithInformationURI("memlense", informationURI)
	run.Tool.Driver.Version = &version
	for _, c := range report.Codes() {
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule(c))
	}
	kind := "utf16CodeUnits"
	run.ColumnKind = &kind
	run.Invocations = []*sarif.Invocation{p.sarifInvocation(r)}
	for _, list := range [][]report.Finding{r.Findings, r.Hints} {
		for _, f := range list {
			run.Results = append(run.Results, p.sarifResult(run, f))
		}
	}
	for _, f := range r.Allowed {
		result := p.sarifResult(run, f)
		kind, status, reason := "inSource", "accepted", f.Reason
		result.Suppressions = []*sarif.Suppression{{Kind: &kind, Status: &status, Justification: &reason}}
		run.Results = append(run.Results, result)
	}
	doc := sarif.NewReport()
	doc.AddRun(run)
	return doc
}

func sarifRule(c report.Code) *sarif.ReportingDescriptor {
	rule := sarif.NewReportingDescriptor().WithID(c.ID).WithName(c.Title)
	rule.ShortDescription = sarif.NewMultiformatMessageString().WithText(c.Title)
	rule.FullDescription = sarif.NewMultiformatMessageString().WithText(c.What)
	rule.Help = sarif.NewMultiformatMessageString().WithText(c.What + "\n\n" + c.Why + "\n\nWith the finding:\n\n" + c.Bad + "\nWithout:\n\n" + c.Good)
	rule.DefaultConfiguration = sarif.NewReportingConfiguration().WithLevel(sarifLevel(c.Severity))
	return rule
}

func (p Page) sarifInvocation(r *report.Report) *sarif.Invocation {
	done := len(r.Errors) == 0
	invocation := sarif.NewInvocation()
	invocation.ExecutionSuccessful = &done
	for _, e := range r.Errors {
		n := sarif.NewNotification()
		n.Level = "error"
		n.Message = sarif.NewTextMessage(e.Message)
		if e.Pos != "" {
			n.Locations = []*sarif.Location{p.sarifLocation(e.Pos)}
		}
		invocation.ToolExecutionNotifications = append(invocation.ToolExecutionNotifications, n)
	}
	return invocation
}

func (p Page) sarifResult(run *sarif.Run, f report.Finding) *sarif.Result {
	result := sarif.NewRuleResult(f.Code).WithLevel(sarifLevel(f.Severity))
	result.RuleIndex = run.GetRuleIndex(f.Code)
	result.Message = sarif.NewTextMessage(f.Message + " (in " + f.Func + ")")
	result.Locations = []*sarif.Location{p.sarifLocation(f.Pos)}
	hash := sha256.Sum256([]byte(f.Code + "\x00" + f.Func + "\x00" + f.Message))
	result.PartialFingerprints = map[string]string{"contract/v1": hex.EncodeToString(hash[:16])}
	if len(f.Chain) > 0 {
		result.CodeFlows = []*sarif.CodeFlow{p.sarifFlow(f)}
	}
	if f.Fix != nil && len(f.Fix.Edits) > 0 {
		result.Fixes = []*sarif.Fix{p.sarifFix(f.Fix)}
	}
	return result
}

// sarifFlow goes through the calls of the chain to the finding.
func (p Page) sarifFlow(f report.Finding) *sarif.CodeFlow {
	flow := &sarif.ThreadFlow{}
	add := func(pos, text string) {
		location := p.sarifLocation(pos)
		location.Message = sarif.NewTextMessage(text)
		step := sarif.NewThreadFlowLocation()
		step.Location = location
		step.Importance = "important"
		flow.Locations = append(flow.Locations, step)
	}
	for _, s := range f.Chain {
		add(s.Pos, "calls "+s.Func)
	}
	add(f.Pos, f.Message)
	return sarif.NewCodeFlow().WithThreadFlows([]*sarif.ThreadFlow{flow})
}

func (p Page) sarifFix(f *report.Fix) *sarif.Fix {
	fix := &sarif.Fix{Description: sarif.NewTextMessage(f.Message)}
	changes := map[string]*sarif.ArtifactChange{}
	for _, e := range f.Edits {
		c := changes[e.File]
		if c == nil {
			c = &sarif.ArtifactChange{ArtifactLocation: p.sarifArtifact(e.File)}
			changes[e.File] = c
			fix.ArtifactChanges = append(fix.ArtifactChanges, c)
		}
		length, text := e.End-e.Start, e.New
		region := sarif.NewRegion()
		region.ByteOffset, region.ByteLength = e.Start, &length
		c.Replacements = append(c.Replacements, &sarif.Replacement{
			DeletedRegion:   region,
			InsertedContent: &sarif.ArtifactContent{Text: &text},
		})
	}
	return fix
}

func (p Page) sarifLocation(pos string) *sarif.Location {
	at := p.place(pos)
	physical := &sarif.PhysicalLocation{ArtifactLocation: p.sarifArtifact(at.File)}
	if at.Line > 0 {
		physical.Region = sarif.NewRegion().WithStartLine(at.Line)
		if at.Column > 0 {
			physical.Region.WithStartColumn(p.lines.utf16Column(report.ParsePos(pos)))
		}
	}
	return sarif.NewLocation().WithPhysicalLocation(physical)
}

// sarifArtifact names a file by a relative URI below Dir, and by a file URI elsewhere.
func (p Page) sarifArtifact(file string) *sarif.ArtifactLocation {
	file = p.relative(file)
	u := url.URL{Path: file}
	if filepath.IsAbs(file) {
		u.Scheme = "file"
	}
	return sarif.NewArtifactLocation().WithURI(u.String())
}

func sarifLevel(severity string) string {
	if severity == report.SeverityHint {
		return "note"
	}
	return severity
}
