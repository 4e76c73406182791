// Package wcet turns recorded latencies into bounds with stated confidence, and
// budgets into verdicts.
//
// Three bounds stand side by side: distribution-free order statistics, an
// extreme-value upper confidence limit, and (package wcet/static) an instruction
// bound. Samples are never deleted. A verdict is PASS, FAIL, INCONCLUSIVE or
// UNSUPPORTED; the last is common on a virtual machine, by design.
package wcet
