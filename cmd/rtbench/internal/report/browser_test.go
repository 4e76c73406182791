package report

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// frames shows the page at the width of a telephone and at that of a desk, unfolds it
// and tells what a browser made of it.
const frames = `<!doctype html><title>frames</title>
<iframe id="narrow" src="/report.html" width="360" height="800"></iframe>
<iframe id="wide" src="/report.html" width="1200" height="800"></iframe>
<pre id="found"></pre>
<script>
addEventListener("load", () => {
  const found = {};
  for (const id of ["narrow", "wide"]) {
    const page = document.getElementById(id).contentDocument, root = page.documentElement;
    for (const d of page.querySelectorAll("details")) d.open = true;
    const outside = [], small = [];
    for (const svg of page.querySelectorAll("svg.fig")) {
      const box = svg.getBoundingClientRect(), name = svg.getAttribute("aria-label");
      if (box.width < 250 || box.height < 60) small.push(name + " " + box.width + "x" + box.height);
      for (const text of svg.querySelectorAll("text")) {
        const t = text.getBoundingClientRect();
        if (t.left < box.left - 4 || t.right > box.right + 4 || t.top < box.top - 4 || t.bottom > box.bottom + 4) outside.push(name + ": " + text.textContent + " by " + Math.max(box.left-t.left, t.right-box.right, box.top-t.top, t.bottom-box.bottom).toFixed(1));
      }
    }
    const style = getComputedStyle(page.body);
    found[id] = {title: page.title, figures: page.querySelectorAll("svg.fig").length, overflow: root.scrollWidth - root.clientWidth,
      outside, small, sounds: Array.from(page.querySelectorAll("audio"), a => a.duration), background: style.backgroundColor, foreground: style.color, text: root.innerText};
  }
  document.getElementById("found").textContent = JSON.stringify(found);
});
</script>`

// found is what frames tells of each width.
type found struct {
	Title                  string
	Figures                int
	Overflow               int
	Outside, Small         []string
	Sounds                 []float64 // seconds
	Background, Foreground string
	Text                   string
}

// loopback serves a page and refuses everything else, as a proxy too, so that a
// browser that uses it reaches nothing; asked are the requests that it saw.
type loopback struct {
	page  string
	sound []byte // at /sound.wav
	mu    sync.Mutex
	asked []string
}

func (l *loopback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	l.asked = append(l.asked, r.Method+" "+r.URL.String())
	l.mu.Unlock()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	switch r.URL.Path {
	case "/":
		_, _ = io.WriteString(w, frames)
	case "/report.html":
		_, _ = io.WriteString(w, l.page)
	case "/sound.wav":
		w.Header().Set("Content-Type", "audio/wav")
		_, _ = w.Write(l.sound)
	default:
		http.NotFound(w, r)
	}
}

// A browser shows the page as it is meant: complete, within the width of a telephone,
// in both colour schemes, without an error and without a request of its own.
func TestInChromium(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser twice; left out by -short")
	}
	browser := chromium(t)
	c, run := realistic(2000)
	server := &loopback{page: html(t, c, run)}
	site := httptest.NewServer(server)
	defer site.Close()
	for scheme, number := range map[string]string{"dark": "0", "light": "1"} {
		server.asked = nil
		widths := show(t, browser, site.URL, number)
		for name, got := range widths {
			if got.Title != "Latency certificate: FAIL" || got.Figures < 40 {
				t.Errorf("%s, %s: title %q, %d figures", scheme, name, got.Title, got.Figures)
			}
			if got.Overflow > 0 {
				t.Errorf("%s, %s: %d pixels wider than the window", scheme, name, got.Overflow)
			}
			if len(got.Outside) > 0 || len(got.Small) > 0 {
				t.Errorf("%s, %s: text outside of its figure %q, small figures %q", scheme, name, got.Outside, got.Small)
			}
			for _, want := range []string{"Return levels", "Mean residual life", "Shape stability", "Lag plot", "Autocorrelation", "FAIL", "max observed"} {
				if !strings.Contains(got.Text, want) {
					t.Errorf("%s, %s: no %q", scheme, name, want)
				}
			}
			if dark := luminance(t, got.Background) < luminance(t, got.Foreground); dark != (scheme == "dark") {
				t.Errorf("%s, %s: background %s, foreground %s", scheme, name, got.Background, got.Foreground)
			}
		}
		for _, asked := range server.asked {
			if path, ours := strings.CutPrefix(asked, "GET "); !ours || path != "/" && path != "/report.html" && path != "/favicon.ico" {
				t.Errorf("%s: the page asked for %s", scheme, asked)
			}
		}
	}
}

// chromium is the path of a browser; a test without one is skipped.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("no chromium in the search path; make deps installs one, and CI runs that first")
	return ""
}

// show opens url in a colour scheme, dark 0 or light 1, and returns what the frames
// found. All requests go to the server itself.
func show(t *testing.T, browser, url, scheme string) map[string]found {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	dir := t.TempDir()
	cmd := exec.CommandContext(ctx, browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions", "--disable-default-apps",
		"--user-data-dir="+dir, "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
		"--blink-settings=preferredColorScheme="+scheme, "--enable-logging=stderr", "--virtual-time-budget=5000", "--dump-dom", url)
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+filepath.Join(dir, "config"), "XDG_CACHE_HOME="+filepath.Join(dir, "cache"))
	var log strings.Builder
	cmd.Stderr = &log
	dom, err := cmd.Output()
	if err != nil {
		t.Skipf("%s does not start here: %v\n%.500s", browser, err, log.String())
	}
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, ":CONSOLE") {
			t.Errorf("the console says %s", line)
		}
	}
	m := regexp.MustCompile(`(?s)<pre id="found">(.+?)</pre>`).FindSubmatch(dom)
	if m == nil {
		t.Fatalf("the frames found nothing\n%.2000s\n%.2000s", dom, log.String())
	}
	text := strings.NewReplacer("&lt;", "<", "&gt;", ">", "&nbsp;", " ", "&amp;", "&").Replace(string(m[1]))
	widths := map[string]found{}
	if err := json.Unmarshal([]byte(text), &widths); err != nil {
		t.Fatalf("%v\n%.500s", err, text)
	}
	return widths
}

// luminance is about how bright a colour is, from its three parts.
func luminance(t *testing.T, colour string) int {
	t.Helper()
	var r, g, b int
	if _, err := fmt.Sscanf(colour, "rgb(%d, %d, %d)", &r, &g, &b); err != nil {
		t.Fatalf("%q: %v", colour, err)
	}
	return 2*r + 7*g + b
}
