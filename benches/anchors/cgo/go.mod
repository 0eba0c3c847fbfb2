module tollgate/anchors/cgo

go 1.18
