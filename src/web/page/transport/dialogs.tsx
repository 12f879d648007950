import { useSignal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { clock, typedTime } from '../model/clock.js';
import { dialog } from '../model/dialogs.js';
import { whyNoPast } from '../model/limits.js';
import { topicList } from '../model/night.js';
import { goToTopic, quit, seek, step } from '../model/orders.js';
import { selectedTopic } from '../model/topic-rows.js';
import { usefulKeys } from './page-keys.js';

/** What asks the user, in front of the page. */
export function Dialogs(): JSX.Element | null {
  const shown = dialog.value;
  switch (shown?.kind) {
    case undefined:
      return null;
    case 'help':
      return <Help />;
    case 'quit':
      return <Quit />;
    case 'command':
      return <Command text={shown.text} />;
    case 'step-to-topic':
      return (
        <Question
          key="step"
          title="Step to the next event of a topic"
          label="Topic, or a pattern with * and ?"
          preset={selectedTopic.value}
          verb="Step"
          act={step}
          isTopic
        />
      );
    case 'go-to-topic':
      return (
        <Question
          key="go"
          title="Go to the next event of a topic"
          label="Topic, or a pattern with * and ?"
          preset={selectedTopic.value}
          verb="Go"
          act={goToTopic}
          isTopic
        />
      );
    case 'go-to-time':
      return (
        <Question
          key="time"
          title="Go to a time"
          label={`2018-03-23 20:15, 20:15:30 (${clock.value.name}), 01:15Z with a date, +90m, -10m`}
          preset=""
          verb="Go"
          act={(text) => seek(typedTime(text))}
        />
      );
  }
}

function close(): void {
  dialog.value = undefined;
}

function Modal({
  title,
  children,
}: {
  readonly title: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  const ref = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement;
    ref.current?.showModal();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog ref={ref} aria-labelledby="dialog-title" onClose={close}>
      <h2 id="dialog-title">{title}</h2>
      {children}
    </dialog>
  );
}

interface QuestionProps {
  readonly title: string;
  readonly label: string;
  readonly preset: string;
  readonly verb: string;
  readonly isTopic?: boolean;
  /** @returns why it was not done; the user then mends the answer */
  readonly act: (text: string) => Promise<string | undefined>;
}

const MOST_SUGGESTED = 50;

function Question({ title, label, preset, verb, isTopic, act }: QuestionProps): JSX.Element {
  const typed = useSignal(preset);
  const error = useSignal<string | undefined>(undefined);
  const isAsking = useSignal(false);
  const part = typed.value.toLowerCase();
  const names = isTopic
    ? topicList.value.topics.filter(({ name }) => name.toLowerCase().includes(part)).slice(0, MOST_SUGGESTED)
    : [];
  const answer = async (event: Event) => {
    event.preventDefault();
    if (typed.value.trim() === '' || isAsking.value) return;
    isAsking.value = true;
    error.value = await act(isTopic ? typed.value : typed.value.trim());
    isAsking.value = false;
    if (error.value === undefined) close();
  };
  return (
    <Modal title={title}>
      <form onSubmit={(event) => void answer(event)}>
        <label>
          {label}
          <input
            type="text"
            list={isTopic ? 'dialog-topics' : undefined}
            autocomplete="off"
            spellcheck={false}
            value={typed.value}
            onInput={({ currentTarget: { value } }) => {
              typed.value = value;
            }}
          />
        </label>
        {isTopic ? (
          <datalist id="dialog-topics">
            {names.map(({ name }) => (
              <option key={name} value={name} />
            ))}
          </datalist>
        ) : null}
        {error.value === undefined ? null : (
          <p class="error" role="alert">
            {error.value}
          </p>
        )}
        <p class="choices">
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="main" disabled={isAsking.value}>
            {verb}
          </button>
        </p>
      </form>
    </Modal>
  );
}

function Quit(): JSX.Element {
  return (
    <Modal title="End the replay?">
      <p>Subscribers get no more events, and this page shows what was.</p>
      <p class="choices">
        <button type="button" onClick={close}>
          Go on
        </button>
        <button
          type="button"
          class="main"
          onClick={() => {
            quit();
            close();
          }}
        >
          End it
        </button>
      </p>
    </Modal>
  );
}

function Command({ text }: { readonly text: string }): JSX.Element {
  return (
    <Modal title="To copy">
      <textarea readonly rows={6} aria-label="Text" onFocus={({ currentTarget }) => currentTarget.select()}>
        {text}
      </textarea>
      <Close />
    </Modal>
  );
}

function Help(): JSX.Element {
  return (
    <Modal title="Keys">
      <table class="keys">
        <tbody>
          {usefulKeys().map(({ keys, purpose }) => (
            <tr key={keys}>
              <th scope="row">
                {keys.split(' ').map((key) => (
                  <kbd key={key}>{key}</kbd>
                ))}
              </th>
              <td>{purpose}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {whyNoPast.value === undefined ? (
        <p class="muted">
          On the timeline: a click goes there, a drag marks a range, Ctrl with the wheel zooms, Shift with the
          wheel moves.
        </p>
      ) : null}
      <Close />
    </Modal>
  );
}

function Close(): JSX.Element {
  return (
    <p class="choices">
      <button type="button" class="main" onClick={close}>
        Close
      </button>
    </p>
  );
}
