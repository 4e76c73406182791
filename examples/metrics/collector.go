package main

import "github.com/prometheus/client_golang/prometheus"

// source is anything of package async.
type source interface {
	Collect(report func(name string, value float64))
}

// collector makes a source a prometheus.Collector.
type collector struct {
	prefix string
	source source
}

// Describe sends nothing: the metrics are those that Collect sends.
func (c collector) Describe(chan<- *prometheus.Desc) {}

// Collect sends the statistics as they are now.
func (c collector) Collect(metrics chan<- prometheus.Metric) {
	c.source.Collect(func(name string, value float64) {
		desc := prometheus.NewDesc(c.prefix+name, "Reported by memkit.", nil, nil)
		metrics <- prometheus.MustNewConstMetric(desc, prometheus.UntypedValue, value)
	})
}
