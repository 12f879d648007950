/*!
Apache ECharts
Copyright 2017-2026 The Apache Software Foundation
Licensed under the Apache License, Version 2.0: http://www.apache.org/licenses/LICENSE-2.0
This product includes software developed at The Apache Software Foundation (https://www.apache.org/).

ZRender
BSD 3-Clause License

Copyright (c) 2017, Baidu Inc.
All rights reserved.

Redistribution and use in source and binary forms, with or without
modification, are permitted provided that the following conditions are met:

* Redistributions of source code must retain the above copyright notice, this
  list of conditions and the following disclaimer.

* Redistributions in binary form must reproduce the above copyright notice,
  this list of conditions and the following disclaimer in the documentation
  and/or other materials provided with the distribution.

* Neither the name of the copyright holder nor the names of its
  contributors may be used to endorse or promote products derived from
  this software without specific prior written permission.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS"
AND ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE
IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE
DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE
FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL
DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR
SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER
CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY,
OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE
OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.*/
import { LineChart } from 'echarts/charts';
import { AxisPointerComponent, GridComponent, MarkLineComponent } from 'echarts/components';
import { connect, type ECharts, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

use([LineChart, GridComponent, AxisPointerComponent, MarkLineComponent, SVGRenderer]);

export type { ECharts };

const ONE_CURSOR = 'time';
connect(ONE_CURSOR);

/** An empty chart in its place. Only those parts of the library are there that the page's charts use. */
export function emptyChart(place: HTMLElement, width: number, height: number): ECharts {
  return init(place, null, { renderer: 'svg', width, height });
}

/** Gives a chart the cursor that all such charts share. @param onCursor called with where it is on the horizontal axis; undefined: nowhere */
export function shareCursor(chart: ECharts, onCursor: (at: number | undefined) => void): void {
  chart.group = ONE_CURSOR;
  chart.on('updateAxisPointer', (event) => {
    const { axesInfo = [] } = event as { axesInfo?: readonly { readonly value: number }[] };
    onCursor(axesInfo[0]?.value);
  });
}
