package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"gopkg.in/yaml.v3"
)

// ciStep is what workflows and actions share.
type ciStep struct {
	Name, Uses, Run, Shell string
	With                   map[string]string
}

// ciFiles reads the examples.
func ciFiles(t *testing.T) (workflow map[string][]ciStep, inputs map[string]struct{ Required bool }, action []ciStep) {
	t.Helper()
	read := func(path string, into any) {
		text, err := os.ReadFile(filepath.Join("..", "..", "examples", "ci", path))
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal(text, into); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
	var w struct {
		Jobs map[string]struct{ Steps []ciStep }
	}
	read("workflow.yml", &w)
	workflow = map[string][]ciStep{}
	for name, job := range w.Jobs {
		workflow[name] = job.Steps
	}
	var a struct {
		Inputs map[string]struct{ Required bool }
		Runs   struct {
			Using string
			Steps []ciStep
		}
	}
	read("action/action.yml", &a)
	if a.Runs.Using != "composite" {
		t.Errorf("the action is %q", a.Runs.Using)
	}
	return workflow, a.Inputs, a.Runs.Steps
}

var (
	expressionPattern = regexp.MustCompile(`\$\{\{(.*?)\}\}`)
	flagPattern       = regexp.MustCompile(`--([a-z][a-z-]*)`)
	inputPattern      = regexp.MustCompile(`inputs\.([a-z-]+)`)
)

// TestCIExamples: the commands and flags of the workflow and of the action exist, and
// each input is declared and used.
func TestCIExamples(t *testing.T) {
	workflow, inputs, action := ciFiles(t)
	if len(workflow) == 0 || len(action) == 0 {
		t.Fatal("no steps")
	}
	root := newRootCommand(newTestApp())
	used, commands := map[string]bool{}, 0
	check := func(s ciStep) {
		for _, m := range expressionPattern.FindAllStringSubmatch(s.Run, -1) {
			for _, in := range inputPattern.FindAllStringSubmatch(m[1], -1) {
				used[in[1]] = true
			}
		}
		for line := range strings.Lines(s.Run) {
			words := strings.Fields(line)
			if len(words) < 2 || words[0] != "rtbench" {
				continue
			}
			commands++
			cmd, _, err := root.Find(words[1:2])
			if err != nil {
				t.Errorf("%s: %v", line, err)
				continue
			}
			own, _, _ := strings.Cut(line, " -- ")
			for _, f := range flagPattern.FindAllStringSubmatch(own, -1) {
				if cmd.Flags().Lookup(f[1]) == nil {
					t.Errorf("rtbench %s has no flag --%s", cmd.Name(), f[1])
				}
			}
		}
	}
	for _, steps := range workflow {
		for _, s := range steps {
			check(s)
			if !strings.HasPrefix(s.Uses, "./") {
				continue
			}
			for name := range s.With {
				if _, declared := inputs[name]; !declared {
					t.Errorf("the action has no input %q", name)
				}
			}
			for name, in := range inputs {
				if _, given := s.With[name]; in.Required && !given {
					t.Errorf("input %q is required", name)
				}
			}
		}
	}
	for _, s := range action {
		check(s)
		if s.Run != "" && s.Shell == "" {
			t.Errorf("%s: a composite action needs a shell", s.Name)
		}
	}
	for name := range inputs {
		if !used[name] && name != "require" && name != "history" {
			t.Errorf("input %q is not used", name)
		}
		delete(used, name)
	}
	for name := range used {
		t.Errorf("input %q is not declared", name)
	}
	if commands < 4 {
		t.Errorf("%d commands of rtbench were found", commands)
	}
}

// TestExamplesOfHelp: the commands that the help shows as examples parse.
func TestExamplesOfHelp(t *testing.T) {
	root := newRootCommand(newTestApp())
	var visit func(*cobra.Command)
	visit = func(c *cobra.Command) {
		for line := range strings.Lines(c.Example) {
			_, line, found := strings.Cut(strings.TrimSpace(line), "rtbench ")
			if !found {
				continue
			}
			words := strings.Fields(line)
			cmd, _, err := root.Find(words[:1])
			if err != nil {
				t.Errorf("%s: %v", line, err)
				continue
			}
			own, _, _ := strings.Cut(line, " -- ")
			own, _, _ = strings.Cut(own, "   ")
			for _, f := range flagPattern.FindAllStringSubmatch(own, -1) {
				if cmd.Flags().Lookup(f[1]) == nil && f[1] != "help" {
					t.Errorf("%s: rtbench %s has no flag --%s", line, cmd.Name(), f[1])
				}
			}
		}
		for _, sub := range c.Commands() {
			visit(sub)
		}
	}
	visit(root)
}
