import type { FigureInfo } from '../result.js';

function figure(
  name: string,
  title: string,
  unit: FigureInfo['unit'],
  more: Pick<FigureInfo, 'better' | 'isCompared' | 'isShown'>,
): FigureInfo {
  return { name, title, unit, ...more };
}

const HIGHER = { better: 'higher', isCompared: true, isShown: true } as const;
const LOWER = { better: 'lower', isCompared: true, isShown: true } as const;
/** Shown, but too noisy to compare results by. */
const NOISY = { isCompared: false } as const;
const HIDDEN = { isCompared: false, isShown: false } as const;

/** Figures of flat-out trials and of paced trials; each kind of trial lacks some. */
export const FIGURES: readonly FigureInfo[] = [
  figure('deliveredPerS', 'delivered/s', '1/s', HIGHER),
  figure('publishPerS', 'published/s', '1/s', HIGHER),
  figure('deliveryP99Us', 'delivery p99', 'us', LOWER),
  figure('deliveryP50Us', 'delivery p50', 'us', LOWER),
  figure('bestP99Us', 'best p99', 'us', { ...LOWER, ...NOISY }),
  figure('worstP99Us', 'worst p99', 'us', LOWER),
  figure('cpuUsPerDelivery', 'CPU a delivery', 'us', { ...LOWER, ...NOISY }),
  figure('peakRssBytes', 'peak RSS', 'B', LOWER),
  figure('slowestShare', 'slowest/fastest', 'share', { ...HIGHER, ...HIDDEN }),
  figure('lostShare', 'lost', 'share', { ...LOWER, ...HIDDEN }),
  figure('deliveryP999Us', 'delivery p99.9', 'us', { ...LOWER, ...HIDDEN }),
  figure('deliveryMaxUs', 'delivery max', 'us', { ...LOWER, ...HIDDEN }),
  figure('sendP99Us', 'sent p99', 'us', { ...LOWER, ...HIDDEN }),
  figure('receiverCpuUsPerDelivery', 'CPU of receivers', 'us', { ...LOWER, ...HIDDEN }),
];
