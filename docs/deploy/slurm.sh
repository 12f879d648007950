#!/bin/bash
# A load test on a Slurm cluster: the first task is the publisher, the others are agents, each on a node of its own.
#
#   tcs-replay keygen site          # in a folder that all nodes see
#   sbatch --array=0-8 slurm.sh     # one publisher and eight agents
#
# The tasks find each other by a file in the folder from which the job was submitted.
#SBATCH --job-name=tcs-loadtest
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=2
#SBATCH --time=00:30:00
#SBATCH --no-requeue

address="publisher-$SLURM_ARRAY_JOB_ID"

if [ "$SLURM_ARRAY_TASK_ID" -eq "$SLURM_ARRAY_TASK_MIN" ]; then
    hostname > "$address.new" && mv "$address.new" "$address"
    trap 'rm -f "$address"' EXIT
    tcs-replay loadtest night.db -u 'tcp://*:5556' --report-bind 'tcp://*:5558' --curve-keys site.key_secret \
        --agents $((SLURM_ARRAY_TASK_COUNT - 1)) --wait-timeout 1200 --stage 1k:1m --fail-if 'lost>0'
else
    until [ -s "$address" ]; do sleep 1; done
    publisher=$(cat "$address")
    exec tcs-replay listen "tcp://$publisher:5556" --stats --report-to "tcp://$publisher:5558" --curve-server site.key \
        --name "task-$SLURM_ARRAY_TASK_ID" --subscribers 8
fi
