/**
 * The fields of Kubernetes objects that docs/deploy/ uses, by hand from the API reference of 1.30 (batch/v1 Job, v1 Service, apps/v1
 * StatefulSet): any other field is refused. It is no copy of the API's own schema, which is large; the manifest was
 * checked against that once, as the package kubernetes-models 5.1.0 has it, on 2026-11-29.
 */
import { z } from 'zod';

const labels = z.record(z.string(), z.string());
const metadata = z.strictObject({ name: z.string().regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/) });
const labelSelector = z.strictObject({ matchLabels: labels });
const quantities = z.record(z.enum(['cpu', 'memory']), z.string().regex(/^\d+(\.\d+)?(m|Ki|Mi|Gi)?$/));

const container = z.strictObject({
  name: z.string(),
  image: z.string(),
  command: z.array(z.string()).optional(),
  args: z.array(z.string()).optional(),
  resources: z.strictObject({ requests: quantities.optional(), limits: quantities.optional() }).optional(),
  volumeMounts: z
    .array(z.strictObject({ name: z.string(), mountPath: z.string(), readOnly: z.boolean().optional() }))
    .optional(),
});

const volume = z.strictObject({
  name: z.string(),
  emptyDir: z.strictObject({}).optional(),
  secret: z
    .strictObject({
      secretName: z.string(),
      defaultMode: z.int().min(0).max(0o777).optional(),
      items: z.array(z.strictObject({ key: z.string(), path: z.string() })).optional(),
    })
    .optional(),
});

const podSpec = z.strictObject({
  restartPolicy: z.enum(['Always', 'OnFailure', 'Never']).optional(),
  hostname: z.string().optional(),
  subdomain: z.string().optional(),
  topologySpreadConstraints: z
    .array(
      z.strictObject({
        maxSkew: z.int().min(1),
        topologyKey: z.string(),
        whenUnsatisfiable: z.enum(['DoNotSchedule', 'ScheduleAnyway']),
        labelSelector,
      }),
    )
    .optional(),
  initContainers: z.array(container).optional(),
  containers: z.array(container).min(1),
  volumes: z.array(volume).optional(),
});

const template = z.strictObject({ metadata: z.strictObject({ labels }), spec: podSpec });

const job = z.strictObject({
  apiVersion: z.literal('batch/v1'),
  kind: z.literal('Job'),
  metadata,
  spec: z.strictObject({
    completionMode: z.enum(['NonIndexed', 'Indexed']).optional(),
    completions: z.int().min(0).optional(),
    parallelism: z.int().min(0).optional(),
    backoffLimit: z.int().min(0).optional(),
    activeDeadlineSeconds: z.int().min(1).optional(),
    // A job allows no other policies.
    template: template.refine(
      ({ spec: { restartPolicy } }) => restartPolicy === 'Never' || restartPolicy === 'OnFailure',
    ),
  }),
});

const service = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('Service'),
  metadata,
  spec: z.strictObject({
    clusterIP: z.literal('None').optional(),
    publishNotReadyAddresses: z.boolean().optional(),
    selector: labels,
    ports: z.array(z.strictObject({ name: z.string(), port: z.int().min(1).max(65_535) })),
  }),
});

const statefulSet = z.strictObject({
  apiVersion: z.literal('apps/v1'),
  kind: z.literal('StatefulSet'),
  metadata,
  spec: z.strictObject({
    replicas: z.int().min(0),
    serviceName: z.string(),
    podManagementPolicy: z.enum(['OrderedReady', 'Parallel']).optional(),
    selector: labelSelector,
    template,
  }),
});

/** An object of a manifest. */
export const kubernetesObject = z.discriminatedUnion('kind', [job, service, statefulSet]);

export type KubernetesObject = z.infer<typeof kubernetesObject>;
